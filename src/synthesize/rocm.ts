import type { Framework, LaunchContext } from './framework.js'
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

/**
 * PyTorch 1.12 with MIOpen 2.17 and rocBLAS (ROCm 5.2) on gfx906, float32, NCHW. The launch rules
 * and their evidence are listed in docs/reproduce.md; they are the same for all networks.
 */
export const rocm: Framework = {
  software: { rocm: '5.2', pytorch: '1.12', miopen: '2.17' },
  dtype: 'float32',
  launches,
}

/** Inner dimension from which rocBLAS splits a product, and that of each part. */
const SPLIT_INNER = 2048
const PART_INNER = 768

function launches(operation: Operation, context: LaunchContext): Launch[] {
  const { batch } = context
  switch (operation.kind) {
    case 'convolution':
      return convolution(operation, context)
    case 'batch-norm':
      return [batchNorm(operation.shape, batch)]
    case 'relu':
    case 'tanh':
    case 'gelu':
      return [elementwise(operation.kind, operation.elements * batch, 2)]
    case 'add':
      return [elementwise('add', operation.elements * batch, 3)]
    case 'max-pool':
    case 'average-pool':
    case 'global-pool':
      return [pool(operation, batch)]
    case 'concatenate':
      return concatenate(operation.parts, operation.memory, batch)
    case 'shuffle':
      return [copy('channel_shuffle_copy', operation.elements * batch)]
    case 'linear':
      return linear(operation, context)
    case 'attention':
      return attention(operation, context)
    case 'layer-norm':
      return [rowKernel('layer_norm', operation.rows * batch, operation.columns)]
    case 'embedding':
      return [rowKernel('embedding', operation.rows * batch, operation.columns)]
    case 'attention-mask':
      return ['mask_cast', 'mask_subtract', 'mask_scale'].map((name) =>
        elementwise(name, operation.tokens * batch, 2),
      )
  }
}

/** MIOpen's inference kernel loops over the batch: its grid has channels and pixels only. */
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

function pool({ kind, input, output }: Pooling, batch: number): Launch {
  const outputs = elements(output) * batch
  const bytes = (elements(input) * batch + outputs) * BYTES
  const shape = { threads: 256, perThread: 1, efficiency: 0.5 }
  return stream({ name: kind, elements: outputs, bytes, ...shape })
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

/** Packed tensors are joined in one batched copy, views are copied one by one. */
function concatenate(
  parts: readonly number[],
  memory: Convolution['memory'],
  batch: number,
): Launch[] {
  if (memory === 'view') return parts.map((part) => copy('cat_copy', part * batch))
  const total = parts.reduce((a, b) => a + b, 0) * batch
  return [{ ...copy('CatArrayBatchedCopy', total), efficiency: 0.25 }]
}

/**
 * A dense layer over samples copies its bias into the result and adds the product to it; one over
 * tokens adds the bias afterwards. The parts of a split product add to the result too, so it must
 * be zeroed first unless it already holds the bias.
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
