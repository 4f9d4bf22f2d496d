import type { Operation } from '../operation.js'

/** ALBERT base with a sequence classifier, for the sequence length of the recorded profiles. */
const table = {
  layers: 12,
  hidden: 768,
  heads: 12,
  intermediate: 3072,
  embedding: 128,
  classes: 2,
  tokens: 128,
}

/** Operations of an ALBERT encoder on 128 tokens. */
export function albert(): Operation[] {
  const { layers, hidden, embedding, classes, tokens } = table
  return [
    { kind: 'attention-mask', tokens },
    ...embeddings(tokens, embedding),
    { kind: 'linear', rows: tokens, inputs: embedding, outputs: hidden, of: 'tokens' },
    ...Array.from({ length: layers }, encoderLayer).flat(),
    { kind: 'linear', rows: 1, inputs: hidden, outputs: hidden, of: 'sample' },
    { kind: 'tanh', elements: hidden },
    { kind: 'linear', rows: 1, inputs: hidden, outputs: classes, of: 'sample' },
  ]
}

/** Words, token types and positions, added and normalised. */
function embeddings(tokens: number, columns: number): Operation[] {
  const gather: Operation = { kind: 'embedding', rows: tokens, columns }
  const add: Operation = { kind: 'add', elements: tokens * columns }
  return [gather, gather, add, gather, add, { kind: 'layer-norm', rows: tokens, columns }]
}

function encoderLayer(): Operation[] {
  const { hidden, heads, intermediate, tokens } = table
  const linear = (inputs: number, outputs: number): Operation => ({
    kind: 'linear',
    rows: tokens,
    inputs,
    outputs,
    of: 'tokens',
  })
  const residual: Operation[] = [
    { kind: 'add', elements: tokens * hidden },
    { kind: 'layer-norm', rows: tokens, columns: hidden },
  ]
  return [
    linear(hidden, hidden),
    linear(hidden, hidden),
    linear(hidden, hidden),
    { kind: 'attention', heads, tokens, headSize: hidden / heads },
    linear(hidden, hidden),
    ...residual,
    linear(hidden, intermediate),
    { kind: 'gelu', elements: tokens * intermediate },
    linear(intermediate, hidden),
    ...residual,
  ]
}
