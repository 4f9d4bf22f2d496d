import type { Framework, LaunchContext } from './framework.js'
import { type Launch, type MatrixLibrary, matrixProduct, stream, type Tile } from './launch.js'
import { type Convolution, elements, type Operation, type Shape } from './operation.js'

/**
 * PyTorch 1.12 with MIOpen 2.17 and rocBLAS (ROCm 5.2) on gfx906, float32, NCHW. The launch rules
 * and their evidence are listed in docs/reproduce.md; they are the same for all networks.
 */
export const rocm: Framework = {
  software: { rocm: '5.2', pytorch: '1.12', miopen: '2.17' },
  dtype: 'float32',
  // ECLIP's longest albert kernels take about 20 us on an MI50: 32 tokens; 128 would take four times as long.
  tokens: 32,
  launches,
}

const BYTES = 4
const tile = (rows: number, columns: number, threads: number, registers: number): Tile => ({
  rows,
  columns,
  threads,
  registers,
  sharedMemoryBytes: (rows + columns) * 16 * BYTES,
})
const library: MatrixLibrary = {
  tiles: [
    tile(128, 128, 256, 128),
    tile(128, 64, 256, 84),
    tile(64, 64, 256, 64),
    tile(64, 32, 256, 48),
    tile(32, 32, 256, 32),
    tile(32, 8, 64, 32),
  ],
  efficiency: 0.9,
  threadsToCompute: 512,
}
/** Inner dimension from which rocBLAS splits a product, and that of each part. */
const SPLIT_INNER = 2048
const PART_INNER = 768
/** F(2x2, 3x3) needs 16 multiplications where the direct method needs 36. */
const WINOGRAD_SAVING = 36 / 16
const WAVEFRONT = 64

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
      return [
        pool(operation.kind, elements(operation.input) * batch, elements(operation.output) * batch),
      ]
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

/** One vectorised pass; `operands` tensors are read or written. */
function elementwise(name: string, count: number, operands: number): Launch {
  const bytes = operands * count * BYTES
  return stream({ name, elements: count, bytes, threads: 256, perThread: 4, efficiency: 1 })
}

/** A pass with strided access. */
function copy(name: string, count: number): Launch {
  const bytes = 2 * count * BYTES
  return stream({ name, elements: count, bytes, threads: 256, perThread: 4, efficiency: 0.5 })
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

function pool(name: string, inputs: number, outputs: number): Launch {
  const bytes = (inputs + outputs) * BYTES
  return stream({ name, elements: outputs, bytes, threads: 256, perThread: 1, efficiency: 0.5 })
}

/** A block per row. */
function rowKernel(name: string, rows: number, columns: number): Launch {
  return {
    name,
    grid: [rows, 1, 1],
    block: [256, 1, 1],
    registers: 32,
    sharedMemoryBytes: 64,
    flops: 8 * rows * columns,
    bytes: 2 * rows * columns * BYTES,
    unit: 'vector',
    efficiency: 0.5,
    phases: 'streaming',
  }
}

/** One batched copy of packed tensors; views are copied one by one. */
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
 * Samples: the bias is copied into the result, to which the product is added. Tokens: the product,
 * then the bias. The parts of a split product add to the result, which must then be zeroed first
 * unless it holds the bias.
 */
function linear(layer: Extract<Operation, { kind: 'linear' }>, context: LaunchContext): Launch[] {
  const rows = layer.rows * context.batch
  const { inputs, outputs } = layer
  const parts = inputs >= SPLIT_INNER ? Math.round(inputs / PART_INNER) : 1
  const product = matrixProduct(
    {
      name: 'Cijk_Ailk_Bljk',
      rows: outputs,
      columns: rows,
      inner: inputs / parts,
      count: parts,
      bytes: (rows * inputs + inputs * outputs + rows * outputs) * BYTES,
    },
    library,
    context.cus,
  )
  const bias = elementwise('bias', rows * outputs, 2)
  if (layer.of === 'sample') return [bias, product]
  const zero = parts > 1 ? [elementwise('Cijk_BetaOnly', rows * outputs, 1)] : []
  return [...zero, product, bias]
}

function attention(
  layer: Extract<Operation, { kind: 'attention' }>,
  { batch, cus }: LaunchContext,
): Launch[] {
  const { heads, tokens, headSize } = layer
  const count = heads * batch
  const scores = count * tokens * tokens
  const values = count * tokens * headSize
  const bytes = (2 * values + scores) * BYTES
  const product = (columns: number, inner: number): Launch =>
    matrixProduct(
      { name: 'Cijk_batched', rows: tokens, columns, inner, count, bytes },
      library,
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

function convolution(layer: Convolution, context: LaunchContext): Launch[] {
  const { batch } = context
  const input = elements(layer.input) * batch
  const output = elements(layer.output) * batch
  const packed = layer.memory === 'view' ? [copy('contiguous_copy', input)] : []
  const bias = layer.bias === 'bias' ? [elementwise('MIOpenOpTensor_bias', output, 2)] : []
  return [...packed, ...algorithm(layer, input, output, context), ...bias]
}

/** The kernels of the algorithm that MIOpen has for a geometry. */
function algorithm(
  layer: Convolution,
  input: number,
  output: number,
  context: LaunchContext,
): Launch[] {
  const { filter, stride, groups } = layer
  const weights = weightsOf(layer)
  if (groups === layer.input.channels && groups > 1) {
    return [copy('pack_input', input), depthwise(layer, output), copy('unpack_output', output)]
  }
  if (groups > 1) {
    return [
      copy('pack_input', input),
      copy('pack_weights', weights),
      copy('Im2Col', (input * filter * filter) / (stride * stride)),
      gemm('Cijk_grouped', layer, context),
      copy('unpack_output', output),
    ]
  }
  if (filter === 11) return directTwoPass(layer, context)
  if (filter === 5 && stride === 1 && FFT_SIDES.has(layer.input.height)) return fft(layer, context)
  if (filter === 3 && stride === 1) return [winograd(layer, context)]
  const pixels = layer.output.height * layer.output.width
  if (filter === 1 && stride > 1 && pixels < WAVEFRONT) {
    return [
      copy('transpose_NCHW2CNHW', input / (stride * stride)),
      gemm('Cijk_1x1', layer, context),
      copy('transpose_CNHW2NCHW', output),
    ]
  }
  return [gemm('miopenConvDirect', layer, context)]
}

function weightsOf(layer: Convolution): number {
  const { input, output, groups, filter } = layer
  return (input.channels / groups) * output.channels * filter * filter
}

/** A convolution as a matrix product: output channels by pixels, over inputs and filter taps. */
function gemm(name: string, layer: Convolution, { batch, cus }: LaunchContext): Launch {
  const { input, output, groups, filter } = layer
  const bytes = (elements(input) * batch + elements(output) * batch + weightsOf(layer)) * BYTES
  return matrixProduct(
    {
      name,
      rows: output.channels / groups,
      columns: output.height * output.width * batch,
      inner: (input.channels / groups) * filter * filter,
      count: groups,
      bytes,
    },
    library,
    cus,
  )
}

/** MIOpen's binary Winograd kernel is persistent: one block of 512 threads per compute unit. */
function winograd(layer: Convolution, context: LaunchContext): Launch {
  const direct = gemm('', layer, context)
  const { input, output } = layer
  const flops =
    (2 * elements(output) * context.batch * input.channels * layer.filter ** 2) / WINOGRAD_SAVING
  return {
    ...direct,
    name: 'miopenSp3AsmConv_v21_1_2_gfx9_fp32',
    grid: [context.cus, 1, 1],
    block: [512, 1, 1],
    registers: 128,
    sharedMemoryBytes: 65_536,
    flops,
    efficiency: 0.6,
  }
}

/** The direct kernel for 11 x 11 filters computes the last rows of the output in a second pass. */
function directTwoPass(layer: Convolution, context: LaunchContext): Launch[] {
  const whole = gemm('MIOpenCvFwd11x11', layer, context)
  const rows = layer.output.height
  const rest = rows % 16
  const pass = (name: string, share: number): Launch => ({
    ...whole,
    name,
    grid: [whole.grid[0], Math.max(1, Math.round(whole.grid[1] * share)), 1],
    flops: whole.flops * share,
    bytes: whole.bytes * share,
    efficiency: 0.5,
  })
  return [pass('MIOpenCvFwd11x11', 1 - rest / rows), pass('MIOpenCvFwd11x11_2', rest / rows)]
}

/** Image sides that MIOpen's FFT convolution supports. */
const FFT_SIDES: ReadonlySet<number> = new Set([7, 14, 27, 28])

/** Tiles of 32 x 32 real values give 32 x 17 complex ones. */
const FFT_POINTS = 32 * 17

/** Seven kernels: transforms and transposes of both operands, product, transpose, inverse. */
function fft(layer: Convolution, { batch, cus }: LaunchContext): Launch[] {
  const { input, output } = layer
  const spectrum = (images: number): number => images * FFT_POINTS * 2
  const inputs = batch * input.channels
  const filters = input.channels * output.channels
  const outputs = batch * output.channels
  const transform = (name: string, images: number): Launch =>
    stream({
      name,
      elements: spectrum(images),
      bytes: 1.5 * spectrum(images) * BYTES,
      threads: 64,
      perThread: 17,
      efficiency: 0.5,
      flopsPerElement: 20,
      registers: 64,
    })
  const product = matrixProduct(
    {
      name: 'MIOpenConvFFT_cgemm',
      rows: output.channels,
      columns: batch,
      inner: 4 * input.channels,
      count: FFT_POINTS,
      bytes: (spectrum(inputs) + spectrum(filters) + spectrum(outputs)) * BYTES,
    },
    library,
    cus,
  )
  return [
    transform('MIOpenConvFFT_fwd_in', inputs),
    transform('MIOpenConvFFT_fwd_we', filters),
    copy('MIOpenConvFFT_transpose_in', spectrum(inputs)),
    copy('MIOpenConvFFT_transpose_we', spectrum(filters)),
    product,
    copy('MIOpenConvFFT_transpose_out', spectrum(outputs)),
    transform('MIOpenConvFFT_inv_out', outputs),
  ]
}

/** A filter per channel: arithmetic on the vector lanes, little of it. */
function depthwise(layer: Convolution, output: number): Launch {
  const taps = layer.filter * layer.filter
  const reads = output * layer.stride * layer.stride
  return stream({
    name: 'conv_depthwise2d',
    elements: output,
    bytes: (reads + output) * BYTES,
    threads: 256,
    perThread: 1,
    efficiency: 0.5,
    flopsPerElement: 2 * taps,
  })
}
