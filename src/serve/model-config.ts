import type { ModelMetadata, TensorSignature } from './backend.js'

/** A tensor as a model configuration describes it: without the batch dimension. */
export interface ConfiguredTensor {
  readonly name: string
  readonly data_type: string
  readonly dims: readonly number[]
}

/** What clients that were written for Triton look up in a model's configuration. */
export interface ModelConfig {
  readonly name: string
  readonly platform: string
  readonly backend: string
  readonly max_batch_size: number
  readonly input: readonly ConfiguredTensor[]
  readonly output: readonly ConfiguredTensor[]
}

/** A model's configuration by the names of the model-configuration extension. */
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
    input: inputs.map(configured),
    output: outputs.map(configured),
  }
}
