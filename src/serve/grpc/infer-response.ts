import type { MessageInitShape } from '@bufbuild/protobuf'
import type { WireResponse } from '../inference-service.js'
import type { DeliveredOutput } from '../tensors/delivery.js'
import type {
  ModelInferResponse_InferOutputTensorSchema,
  ModelInferResponseSchema,
} from './inference_pb.js'

type Response = Exclude<MessageInitShape<typeof ModelInferResponseSchema>, { $typeName: string }>
type Output = Exclude<
  MessageInitShape<typeof ModelInferResponse_InferOutputTensorSchema>,
  { $typeName: string }
>

const NOTHING = new Uint8Array()

/**
 * An inference response as a message. Every output has an entry of raw contents, empty if it is in shared memory.
 */
export function encodeResponse({ model, version, id, outputs }: WireResponse): Response {
  return {
    modelName: model,
    modelVersion: version,
    id,
    outputs: outputs.map(describe),
    rawOutputContents: outputs.map(({ data, delivery }) =>
      delivery.region === undefined ? data : NOTHING,
    ),
  }
}

function describe(output: DeliveredOutput): Output {
  const { name, datatype, shape, data, placedBytes = data.byteLength, delivery } = output
  const described = { name, datatype, shape: shape.map(BigInt) }
  if (delivery.region === undefined) return described
  const byteSize = BigInt(placedBytes)
  return {
    ...described,
    parameters: {
      shared_memory_region: {
        parameterChoice: { case: 'stringParam', value: delivery.region.name },
      },
      shared_memory_byte_size: { parameterChoice: { case: 'int64Param', value: byteSize } },
    },
  }
}
