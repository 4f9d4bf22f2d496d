import { sum } from '../numbers.js'
import type { Framework, LaunchContext, LaunchRules } from './framework.js'
import { denseProduct, type Launch, matrixProduct, rowLaunch, stream } from './launch.js'
import { convolution } from './miopen.js'
import {
  type Attention,
  type Convolution,
  elements,
  type Linear,
  type Operation,
  type Pooling,
  type Shape,
} from './operation.js'
import { BYTES, copy, elementwise, rocblas } from './rocm-kernels.js'

/** The inner dimension from which rocBLAS splits a product, and the inner dimension of each part. */
const SPLIT_INNER = 2048
const PART_INNER = 768

const rules: LaunchRules = {
  convolution,
  'batch-norm': ({ shape }, { batch }) => [batchNorm(shape, batch)],
  relu: activation,
  tanh: activation,
  gelu: activation,
  add: (operation, { batch }) => [elementwise('add', operation.elements * batch, 3)],
  'max-pool': pool,
  'average-pool': pool,
  'global-pool': pool,
  concatenate: ({ parts, memory }, { batch }) => concatenate(parts, memory, batch),
  shuffle: (operation, { batch }) => [copy('channel_shuffle_copy', operation.elements * batch)],
  linear,
  attention,
  'layer-norm': ({ rows, columns }, { batch }) => [rowKernel('layer_norm', rows * batch, columns)],
  embedding: ({ rows, columns }, { batch }) => [rowKernel('embedding', rows * batch, columns)],
  'attention-mask': ({ tokens }, { batch }) =>
    ['mask_cast', 'mask_subtract', 'mask_scale'].map((name) =>
      elementwise(name, tokens * batch, 2),
    ),
}

/**
 * PyTorch 1.12 with MIOpen 2.17 and rocBLAS (ROCm 5.2) on gfx906, float32, NCHW. The launch rules
 * and their evidence are listed in docs/reproduce.md; they are the same for all networks.
 */
export const rocm: Framework = {
  software: { rocm: '5.2', pytorch: '1.12', miopen: '2.17' },
  dtype: 'float32',
  rules,
}

/** MIOpen's inference kernel loops over the batch, so its grid only covers channels and pixels. */
function batchNorm(shape: Shape, batch: number): Launch {
  const pixels = shape.height * shape.width
  const count = elements(shape) * batch
  return {
    name: 'MIOpenBatchNormFwdInferSpatialEst',
    grid: [shape.channels, Math.ceil(pixels / 256), 1],
    block: [256, 1, 1],
    registers: 24,
    sharedMemoryBytes: 0,
    flops: 4 * count,
    bytes: 2 * count * BYTES,
    unit: 'vector',
    efficiency: 0.8,
    phases: 'streaming',
  }
}

function activation(
  { kind, elements: values }: Extract<Operation, { elements: number }>,
  { batch }: LaunchContext,
): Launch[] {
  return [elementwise(kind, values * batch, 2)]
}

function pool({ kind, input, output }: Pooling, { batch }: LaunchContext): Launch[] {
  const outputs = elements(output) * batch
  const bytes = (elements(input) * batch + outputs) * BYTES
  const shape = { threads: 256, perThread: 1, efficiency: 0.5 }
  return [stream({ name: kind, elements: outputs, bytes, ...shape })]
}

/** A block of 256 threads for each row. */
function rowKernel(name: string, rows: number, columns: number): Launch {
  return rowLaunch({
    name,
    rows,
    columns,
    bytesPerElement: BYTES,
    block: [256, 1, 1],
    registers: 32,
    sharedMemoryBytes: 64,
    efficiency: 0.5,
  })
}

/** Packed tensors are concatenated in one batched copy; views are copied one by one. */
function concatenate(
  parts: readonly number[],
  memory: Convolution['memory'],
  batch: number,
): Launch[] {
  if (memory === 'view') return parts.map((part) => copy('cat_copy', part * batch))
  const total = sum(parts) * batch
  return [{ ...copy('CatArrayBatchedCopy', total), efficiency: 0.25 }]
}

/**
 * A dense layer over samples copies its bias into the result and adds the product to it; a layer over tokens adds
 * the bias afterwards. The parts of a split product are added to the result too, so the result must be zeroed
 * first unless it already holds the bias.
 */
function linear(layer: Linear, context: LaunchContext): Launch[] {
  const rows = layer.rows * context.batch
  const { inputs, outputs } = layer
  const parts = inputs >= SPLIT_INNER ? Math.round(inputs / PART_INNER) : 1
  const product = denseProduct(
    { name: 'Cijk_Ailk_Bljk', rows, inputs, outputs, parts, bytesPerElement: BYTES },
    rocblas,
    context.cus,
  )
  const bias = elementwise('bias', rows * outputs, 2)
  if (layer.of === 'sample') return [bias, product]
  const zero = parts > 1 ? [elementwise('Cijk_BetaOnly', rows * outputs, 1)] : []
  return [...zero, product, bias]
}

function attention(layer: Attention, { batch, cus }: LaunchContext): Launch[] {
  const { heads, tokens, headSize } = layer
  const count = heads * batch
  const scores = count * tokens * tokens
  const values = count * tokens * headSize
  const bytes = (2 * values + scores) * BYTES
  const product = (columns: number, inner: number): Launch =>
    matrixProduct(
      { name: 'Cijk_batched', rows: tokens, columns, inner, count, bytes },
      rocblas,
      cus,
    )
  return [
    product(tokens, headSize),
    elementwise('scale', scores, 2),
    elementwise('add_mask', scores, 2),
    rowKernel('softmax_warp_forward', scores / tokens, tokens),
    product(headSize, tokens),
    copy('merge_heads_copy', values),
  ]
}
