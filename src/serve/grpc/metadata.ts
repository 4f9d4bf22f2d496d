import type { TensorSignature } from '../backend/backend.js'
import { EXTENSIONS, VERSION } from '../inference-service.js'
import { type ConfiguredTensor, modelConfig as configOf } from '../model-config.js'
import type { Handlers } from './handlers.js'

/** The position of a data type in this list is its published number. */
const CONFIGURED_TYPES = [
  'TYPE_INVALID',
  'TYPE_BOOL',
  'TYPE_UINT8',
  'TYPE_UINT16',
  'TYPE_UINT32',
  'TYPE_UINT64',
  'TYPE_INT8',
  'TYPE_INT16',
  'TYPE_INT32',
  'TYPE_INT64',
  'TYPE_FP16',
  'TYPE_FP32',
  'TYPE_FP64',
  'TYPE_STRING',
  'TYPE_BF16',
]

/** The position of a format is its published number, too. */
const FORMATS = ['FORMAT_NONE', 'FORMAT_NHWC', 'FORMAT_NCHW']

export const serverMetadata: Handlers['serverMetadata'] = ({ service }) => {
  const { name, version } = service.options
  return { name, version, extensions: [...EXTENSIONS] }
}

export const modelMetadata: Handlers['modelMetadata'] = ({ service }, request) => {
  const { name, platform, inputs, outputs } = service.metadata(request.name, request.version)
  return {
    name,
    versions: [VERSION],
    platform,
    inputs: inputs.map(signature),
    outputs: outputs.map(signature),
  }
}

export const modelConfig: Handlers['modelConfig'] = ({ service }, request) => {
  const config = configOf(service.metadata(request.name, request.version))
  return {
    config: {
      name: config.name,
      platform: config.platform,
      backend: config.backend,
      maxBatchSize: config.max_batch_size,
      input: config.input.map((one) => ({
        ...configured(one),
        format: FORMATS.indexOf(one.format),
      })),
      output: config.output.map(configured),
      ...(config.dynamic_batching && { dynamicBatching: {} }),
    },
  }
}

function signature({ name, datatype, shape }: TensorSignature) {
  return { name, datatype, shape: shape.map(BigInt) }
}

function configured({ name, data_type: type, dims }: ConfiguredTensor) {
  return { name, dataType: CONFIGURED_TYPES.indexOf(type), dims: dims.map(BigInt) }
}
