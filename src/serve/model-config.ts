import type { ModelMetadata, TensorSignature } from './backend/backend.js'

/** A tensor as a model configuration describes it: without the batch dimension. */
export interface ConfiguredTensor {
  readonly name: string
  readonly data_type: string
  readonly dims: readonly number[]
}

/** An input that is an image says so: some clients turn files into images only then. */
export interface ConfiguredInput extends ConfiguredTensor {
  readonly format: 'FORMAT_NCHW' | 'FORMAT_NONE'
}

/** What clients written for Triton look up in the configuration of a model. */
export interface ModelConfig {
  readonly name: string
  readonly platform: string
  readonly backend: string
  readonly max_batch_size: number
  readonly input: readonly ConfiguredInput[]
  readonly output: readonly ConfiguredTensor[]
  /** Present if the model can run requests in batches. */
  readonly dynamic_batching?: Readonly<Record<string, never>>
}

/** The configuration of a model, under the names of the model-configuration extension. */
export function modelConfig(metadata: ModelMetadata): ModelConfig {
  const { name, platform, largestBatch, inputs, outputs } = metadata
  const skipped = largestBatch > 0 ? 1 : 0
  const configured = (tensor: TensorSignature): ConfiguredTensor => ({
    name: tensor.name,
    data_type: `TYPE_${tensor.datatype === 'BYTES' ? 'STRING' : tensor.datatype}`,
    dims: tensor.shape.slice(skipped),
  })
  return {
    name,
    platform,
    backend: platform,
    max_batch_size: largestBatch,
    input: inputs.map(configured).map((one) => ({ ...one, format: formatOf(one) })),
    output: outputs.map(configured),
    ...(largestBatch > 0 && { dynamic_batching: {} }),
  }
}

/** In PyTorch, the channels of an image, one or three, come before its rows and columns. */
function formatOf({ dims }: ConfiguredTensor): ConfiguredInput['format'] {
  const isImage = dims.length === 3 && (dims[0] === 1 || dims[0] === 3)
  return isImage ? 'FORMAT_NCHW' : 'FORMAT_NONE'
}
