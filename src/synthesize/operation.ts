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

/** Pooling, by maximum or mean; `global-pool` takes the mean of the whole image. */
export interface Pooling {
  readonly kind: 'max-pool' | 'average-pool' | 'global-pool'
  readonly input: Shape
  readonly output: Shape
  readonly filter: number
}

/** A dense layer from `inputs` to `outputs` features, for each of `rows`. */
export interface Linear {
  readonly kind: 'linear'
  readonly rows: number
  readonly inputs: number
  readonly outputs: number
  /** What a row is: a whole sample, or one token of a sequence. */
  readonly of: 'sample' | 'tokens'
}

export interface Attention {
  readonly kind: 'attention'
  readonly heads: number
  readonly tokens: number
  readonly headSize: number
}

/**
 * One operation of a network, for one sample. Operations come in execution order, and a framework turns them into
 * kernel launches. Counts are elements of one sample.
 */
export type Operation =
  | Convolution
  | { readonly kind: 'batch-norm'; readonly shape: Shape }
  | { readonly kind: 'relu' | 'add' | 'tanh' | 'gelu'; readonly elements: number }
  | Pooling
  | {
      readonly kind: 'concatenate'
      readonly parts: readonly number[]
      readonly memory: 'packed' | 'view'
    }
  | { readonly kind: 'shuffle'; readonly elements: number }
  | Linear
  | Attention
  | { readonly kind: 'layer-norm' | 'embedding'; readonly rows: number; readonly columns: number }
  | { readonly kind: 'attention-mask'; readonly tokens: number }

/** The number of values in one sample's activation. */
export function elements(shape: Shape): number {
  return shape.channels * shape.height * shape.width
}
