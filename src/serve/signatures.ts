import type { TensorSignature } from './backend.js'

/** Names of tensors that have none of their own, as the PyTorch backend of Triton numbers them. */
export function inputName(index: number): string {
  return `INPUT__${index}`
}

export function outputName(index: number): string {
  return `OUTPUT__${index}`
}

/** Tokens of a sentence, and what the encoder makes of each. */
const TOKENS = 128
const HIDDEN = 768

/**
 * The inputs and outputs of a model that nothing has loaded, with the shapes its profile was
 * recorded with.
 */
export function assumedSignature(model: string): {
  readonly inputs: readonly TensorSignature[]
  readonly outputs: readonly TensorSignature[]
} {
  const name = { input: inputName(0), output: outputName(0) }
  if (/albert|bert|^transformers:/.test(model))
    return {
      inputs: [{ name: name.input, datatype: 'INT64', shape: [-1, TOKENS] }],
      outputs: [{ name: name.output, datatype: 'FP32', shape: [-1, TOKENS, HIDDEN] }],
    }
  return {
    inputs: [{ name: name.input, datatype: 'FP32', shape: [-1, 3, 224, 224] }],
    outputs: [{ name: name.output, datatype: 'FP32', shape: [-1, 1000] }],
  }
}
