import { sum } from '../numbers.js'
import { type Convolution, elements, type Operation, type Shape } from './operation.js'

/** Filter geometry of a convolution or pooling layer. */
export interface Filter {
  readonly filter: number
  readonly stride?: number
  readonly padding?: number
}

export interface ConvolutionLayer extends Filter {
  readonly channels: number
  readonly groups?: number
  readonly bias?: Convolution['bias']
  readonly memory?: Convolution['memory']
}

const IMAGE: Shape = { channels: 3, height: 224, width: 224 }

/** Lists the operations of a network and keeps track of the shape of the activation. */
export class ImageNetwork {
  readonly operations: Operation[] = []
  shape: Shape = IMAGE

  convolution(layer: ConvolutionLayer): this {
    const { filter, stride = 1, groups = 1, bias = 'no bias', memory = 'packed' } = layer
    const input = this.shape
    const output = { ...resized(input, layer), channels: layer.channels }
    this.operations.push({
      kind: 'convolution',
      input,
      output,
      filter,
      stride,
      groups,
      bias,
      memory,
    })
    this.shape = output
    return this
  }

  batchNorm(): this {
    return this.#append({ kind: 'batch-norm', shape: this.shape })
  }

  relu(): this {
    return this.#append({ kind: 'relu', elements: elements(this.shape) })
  }

  add(): this {
    return this.#append({ kind: 'add', elements: elements(this.shape) })
  }

  pool(kind: 'max-pool' | 'average-pool', layer: Filter): this {
    const input = this.shape
    this.shape = resized(input, layer)
    return this.#append({ kind, input, output: this.shape, filter: layer.filter })
  }

  /** Adaptive average pooling to a square of `side`. */
  globalPool(side: number): this {
    const input = this.shape
    this.shape = { channels: input.channels, height: side, width: side }
    const filter = Math.ceil(input.height / side)
    return this.#append({ kind: 'global-pool', input, output: this.shape, filter })
  }

  /** Joins tensors of the given channel counts, all of the current height and width. */
  concatenate(channels: readonly number[], memory: Convolution['memory'] = 'packed'): this {
    const { height, width } = this.shape
    const parts = channels.map((c) => c * height * width)
    this.shape = { channels: sum(channels), height, width }
    return this.#append({ kind: 'concatenate', parts, memory })
  }

  shuffle(): this {
    return this.#append({ kind: 'shuffle', elements: elements(this.shape) })
  }

  linear(outputs: number): this {
    const inputs = elements(this.shape)
    this.shape = { channels: outputs, height: 1, width: 1 }
    return this.#append({ kind: 'linear', rows: 1, inputs, outputs, of: 'sample' })
  }

  #append(operation: Operation): this {
    this.operations.push(operation)
    return this
  }
}

function resized(input: Shape, { filter, stride = 1, padding = 0 }: Filter): Shape {
  const side = (length: number): number => Math.floor((length + 2 * padding - filter) / stride) + 1
  return { channels: input.channels, height: side(input.height), width: side(input.width) }
}
