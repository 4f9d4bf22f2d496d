import { sum } from '../numbers.js'
import { BYTES, cublas, EFFICIENCY, rowKernel, strided, tile, vector } from './cuda-kernels.js'
import type { Framework, LaunchContext, LaunchRules } from './framework.js'
import { denseProduct, type Launch, matrixProduct, stream } from './launch.js'
import {
  type Attention,
  type Convolution,
  elements,
  type Linear,
  type Operation,
  type Pooling,
  type Shape,
} from './operation.js'

/** A grouped convolution computes dense tiles of this many channels, and most of their values are zeros. */
const GROUP_TILE = 64

const rules: LaunchRules = {
  convolution,
  'batch-norm': ({ shape }, { batch }) => batchNorm(shape, batch),
  relu: activation,
  tanh: activation,
  gelu: (operation, { batch }) => gelu(operation.elements * batch),
  add: (operation, { batch }) => [vector('add', operation.elements * batch, 3)],
  'max-pool': pool,
  'average-pool': pool,
  'global-pool': pool,
  concatenate: ({ parts }, { batch }) => concatenate(parts, batch),
  shuffle: (operation, { batch }) => [strided('channel_shuffle_copy', operation.elements * batch)],
  linear,
  attention,
  'layer-norm': ({ rows, columns }, { batch }) => [rowKernel('layer_norm', rows * batch, columns)],
  embedding: ({ rows, columns }, { batch }) => [rowKernel('gather', rows * batch, columns)],
  'attention-mask': ({ tokens }, { batch }) =>
    Array.from({ length: 8 }, () => vector('mask', tokens * batch, 2)),
}

/**
 * PyTorch 2.11 with cuDNN and cuBLASLt (CUDA 13.0), float16, channels last: what the recorded H200
 * profiles ran. Efficiencies were read off those profiles, one number for each kind of kernel.
 */
export const cuda: Framework = {
  software: { cuda: '13.0', pytorch: '2.11' },
  dtype: 'float16',
  rules,
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

function activation(
  { kind, elements: values }: Extract<Operation, { elements: number }>,
  { batch }: LaunchContext,
): Launch[] {
  return [vector(kind, values * batch, 2)]
}

/** The tanh approximation of GELU, written out in Python. */
function gelu(count: number): Launch[] {
  return ['half', 'cube', 'scale', 'add', 'scale', 'tanh', 'add', 'multiply'].map((name) =>
    vector(`gelu_${name}`, count, 2),
  )
}

function pool({ kind, input, output }: Pooling, { batch }: LaunchContext): Launch[] {
  const outputs = elements(output) * batch
  const bytes = (elements(input) * batch + outputs) * BYTES
  const shape = { threads: 1024, perThread: 2, efficiency: EFFICIENCY.pool }
  return [stream({ name: kind, elements: outputs, bytes, ...shape })]
}

/** Joins tensors in one copy; a single tensor needs none. */
function concatenate(parts: readonly number[], batch: number): Launch[] {
  if (parts.length === 1) return []
  const total = sum(parts) * batch
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

/** If a product has many inputs and few rows, cuBLASLt splits it and adds the parts up in a kernel of its own. */
function linear(layer: Linear, context: LaunchContext): Launch[] {
  const rows = layer.rows * context.batch
  const { inputs, outputs } = layer
  const isSplit = inputs >= 4096 && rows <= 64
  const parts = isSplit ? 4 : 1
  const product = denseProduct(
    { name: 'nvjet_sm90_hsh', rows, inputs, outputs, parts, bytesPerElement: BYTES },
    cublas,
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
    cublas,
    cus,
  )
}
