/** Channels, height and width of one sample's activation. */
export interface Shape {
  readonly channels: number
  readonly height: number
  readonly width: number
}

export interface Convolution {
  readonly kind: 'convolution'
  readonly input: Shape
  readonly output: Shape
  /** Height and width of the square filter. */
  readonly filter: number
  readonly stride: number
  readonly groups: number
  readonly bias: 'bias' | 'no bias'
  /** `view`: the input is a slice of a larger tensor, not contiguous in memory. */
  readonly memory: 'packed' | 'view'
}

/**
 * One operation of a network in execution order, for one sample; what a framework turns into kernel
 * launches. Counts are elements of one sample.
 */
export type Operation =
  | Convolution
  | { readonly kind: 'batch-norm'; readonly shape: Shape }
  | { readonly kind: 'relu' | 'add' | 'tanh' | 'gelu'; readonly elements: number }
  | {
      readonly kind: 'max-pool' | 'average-pool' | 'global-pool'
      readonly input: Shape
      readonly output: Shape
      readonly filter: number
    }
  | {
      readonly kind: 'concatenate'
      readonly parts: readonly number[]
      readonly memory: 'packed' | 'view'
    }
  | { readonly kind: 'shuffle'; readonly elements: number }
  /** `rows` of `inputs` features to `outputs`; `tokens` when rows are the tokens of a sequence. */
  | {
      readonly kind: 'linear'
      readonly rows: number
      readonly inputs: number
      readonly outputs: number
      readonly of: 'sample' | 'tokens'
    }
  | {
      readonly kind: 'attention'
      readonly heads: number
      readonly tokens: number
      readonly headSize: number
    }
  | { readonly kind: 'layer-norm' | 'embedding'; readonly rows: number; readonly columns: number }
  | { readonly kind: 'attention-mask'; readonly tokens: number }

export function elements(shape: Shape): number {
  return shape.channels * shape.height * shape.width
}
