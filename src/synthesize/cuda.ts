import type { Framework, LaunchContext } from './framework.js'
import {
  denseProduct,
  type Launch,
  type MatrixLibrary,
  matrixProduct,
  rowLaunch,
  stream,
  type Tile,
} from './launch.js'
import {
  type Attention,
  type Convolution,
  elements,
  type Linear,
  type Operation,
  type Pooling,
  type Shape,
} from './operation.js'

/**
 * PyTorch 2.11 with cuDNN and cuBLASLt (CUDA 13.0), float16, channels last: what the recorded H200
 * profiles ran. Efficiencies were read off those profiles, one number for each kind of kernel.
 */
export const cuda: Framework = {
  software: { cuda: '13.0', pytorch: '2.11' },
  dtype: 'float16',
  launches,
}

const BYTES = 2
const tile = (rows: number, columns: number, threads: number, registers: number): Tile => ({
  rows,
  columns,
  threads,
  registers,
  sharedMemoryBytes: Math.min(225_000, (rows + columns) * 64 * BYTES * 4),
})
const library: MatrixLibrary = {
  tiles: [
    tile(256, 128, 384, 168),
    tile(128, 128, 384, 168),
    tile(128, 64, 256, 128),
    tile(64, 64, 128, 96),
    tile(64, 32, 128, 88),
    tile(64, 16, 128, 88),
    tile(64, 8, 128, 88),
  ],
  efficiency: 0.9,
  threadsToCompute: 128,
}
/** A grouped convolution computes dense tiles of this many channels, mostly on zeros. */
const GROUP_TILE = 64
const EFFICIENCY = {
  vector: 1,
  strided: 0.27,
  concatenate: 0.13,
  norm: 0.5,
  pool: 0.1,
  row: 0.25,
  depthwise: 0.5,
}

function launches(operation: Operation, context: LaunchContext): Launch[] {
  const { batch } = context
  switch (operation.kind) {
    case 'convolution':
      return convolution(operation, context)
    case 'batch-norm':
      return batchNorm(operation.shape, batch)
    case 'relu':
    case 'tanh':
      return [vector(operation.kind, operation.elements * batch, 2)]
    case 'gelu':
      return gelu(operation.elements * batch)
    case 'add':
      return [vector('add', operation.elements * batch, 3)]
    case 'max-pool':
    case 'average-pool':
    case 'global-pool':
      return [pool(operation, batch)]
    case 'concatenate':
      return concatenate(operation.parts, batch)
    case 'shuffle':
      return [strided('channel_shuffle_copy', operation.elements * batch)]
    case 'linear':
      return linear(operation, context)
    case 'attention':
      return attention(operation, context)
    case 'layer-norm':
      return [rowKernel('layer_norm', operation.rows * batch, operation.columns)]
    case 'embedding':
      return [rowKernel('gather', operation.rows * batch, operation.columns)]
    case 'attention-mask':
      return Array.from({ length: 8 }, () => vector('mask', operation.tokens * batch, 2))
  }
}

function vector(name: string, count: number, operands: number, bytesEach = BYTES): Launch {
  const bytes = operands * count * bytesEach
  const { vector: efficiency } = EFFICIENCY
  return stream({ name, elements: count, bytes, threads: 128, perThread: 8, efficiency })
}

function strided(name: string, count: number, bytesEach = BYTES): Launch {
  const bytes = 2 * count * bytesEach
  const { strided: efficiency } = EFFICIENCY
  return stream({ name, elements: count, bytes, threads: 128, perThread: 4, efficiency })
}

/** Three kernels: one copies the statistics, one inverts the deviations, one transforms. */
function batchNorm(shape: Shape, batch: number): Launch[] {
  const count = elements(shape) * batch
  const transform = stream({
    name: 'batch_norm_transform_input_channels_last',
    elements: count,
    bytes: 2 * count * BYTES,
    threads: 512,
    perThread: 16,
    efficiency: EFFICIENCY.norm,
    flopsPerElement: 4,
  })
  return [vector('direct_copy', shape.channels, 2), vector('invstd', shape.channels, 2), transform]
}

/** The tanh approximation of GELU, written out in Python. */
function gelu(count: number): Launch[] {
  return ['half', 'cube', 'scale', 'add', 'scale', 'tanh', 'add', 'multiply'].map((name) =>
    vector(`gelu_${name}`, count, 2),
  )
}

function pool({ kind, input, output }: Pooling, batch: number): Launch {
  const outputs = elements(output) * batch
  const bytes = (elements(input) * batch + outputs) * BYTES
  const shape = { threads: 1024, perThread: 2, efficiency: EFFICIENCY.pool }
  return stream({ name: kind, elements: outputs, bytes, ...shape })
}

/** A block of four warps for each row. */
function rowKernel(name: string, rows: number, columns: number, bytesPerElement = BYTES): Launch {
  return rowLaunch({
    name,
    rows,
    columns,
    bytesPerElement,
    block: [32, 4, 1],
    registers: 32,
    sharedMemoryBytes: 24,
    efficiency: EFFICIENCY.row,
  })
}

/** Joins tensors in one copy; a single tensor needs none. */
function concatenate(parts: readonly number[], batch: number): Launch[] {
  if (parts.length === 1) return []
  const total = parts.reduce((a, b) => a + b, 0) * batch
  const { concatenate: efficiency } = EFFICIENCY
  const bytes = 2 * total * BYTES
  return [
    stream({
      name: 'CatArrayBatchedCopy',
      elements: total,
      bytes,
      threads: 128,
      perThread: 4,
      efficiency,
    }),
  ]
}

/** cuBLASLt splits a product of many inputs and few rows, and adds the parts up in a kernel of its own. */
function linear(layer: Linear, context: LaunchContext): Launch[] {
  const rows = layer.rows * context.batch
  const { inputs, outputs } = layer
  const isSplit = inputs >= 4096 && rows <= 64
  const parts = isSplit ? 4 : 1
  const product = denseProduct(
    { name: 'nvjet_sm90_hsh', rows, inputs, outputs, parts, bytesPerElement: BYTES },
    library,
    context.cus,
  )
  return isSplit ? [product, vector('splitKreduce', rows * outputs, 5)] : [product]
}

/** Unfused attention in float32. */
function attention(layer: Attention, context: LaunchContext): Launch[] {
  const { heads, tokens, headSize } = layer
  const count = heads * context.batch
  const scores = count * tokens * tokens
  const values = count * tokens * headSize
  const product = (columns: number, inner: number): Launch => ({
    ...matrixProduct(
      {
        name: 'sm80_xmma_gemm_f32',
        rows: tokens,
        columns,
        inner,
        count,
        bytes: (2 * values + scores) * 4,
      },
      { tiles: [tile(64, 64, 128, 121)], efficiency: 0.6, threadsToCompute: 128 },
      context.cus,
    ),
    unit: 'vector',
  })
  return [
    ...Array.from({ length: 2 }, () => vector('fill', 1, 1)),
    strided('expand_mask', context.batch * tokens * tokens),
    ...Array.from({ length: 3 }, () => strided('to_float', values, 3)),
    ...Array.from({ length: 2 }, () => vector('scale', values, 2, 4)),
    ...Array.from({ length: 2 }, () => strided('expand_copy', values, 4)),
    product(tokens, headSize),
    strided('add_mask', scores, 4),
    rowKernel('softmax_warp_forward', scores / tokens, tokens, 4),
    vector('compare', scores, 1, 4),
    rowKernel('reduce_any', scores / tokens, tokens, 2),
    vector('fill', 1, 1),
    strided('where', scores, 4),
    vector('to_half', scores, 2),
    strided('expand_copy', values, 4),
    product(headSize, tokens),
    vector('to_half', values, 2, 3),
    strided('merge_heads_copy', values),
  ]
}

function convolution(layer: Convolution, context: LaunchContext): Launch[] {
  const { batch } = context
  const output = elements(layer.output) * batch
  const packed =
    layer.memory === 'view' ? [strided('contiguous_copy', elements(layer.input) * batch)] : []
  const bias = layer.bias === 'bias' ? [strided('add_bias', output)] : []
  return [...packed, product(layer, context), ...bias]
}

function product(layer: Convolution, { batch, cus }: LaunchContext): Launch {
  const { input, output, groups, filter } = layer
  const outputs = elements(output) * batch
  if (groups === input.channels && groups > 1) {
    return stream({
      name: 'conv2d_c1_k1_nhwc_specialized',
      elements: outputs,
      bytes: (outputs * layer.stride ** 2 + outputs) * BYTES,
      threads: 128,
      perThread: 8,
      efficiency: EFFICIENCY.depthwise,
      flopsPerElement: 2 * filter * filter,
      registers: 72,
    })
  }
  const perGroup = input.channels / groups
  const inner = (groups > 1 ? Math.max(GROUP_TILE, perGroup) : perGroup) * filter * filter
  const weights = perGroup * output.channels * filter * filter
  return matrixProduct(
    {
      name: 'sm90_xmma_fprop_implicit_gemm',
      rows: output.height * output.width * batch,
      columns: output.channels,
      // Channels are loaded in vectors of 8, so fewer than 8 cost as much as 8.
      inner: Math.max(inner, 8 * filter * filter),
      count: 1,
      bytes: (elements(input) * batch + outputs + weights) * BYTES,
    },
    library,
    cus,
  )
}
