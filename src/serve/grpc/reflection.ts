/** Server reflection of gRPC, which tells tools such as grpcurl what they can call. */
import { createRegistry, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import type { Context } from '../context.js'
import type { Call } from './call.js'
import { file_health } from './health_pb.js'
import { file_inference } from './inference_pb.js'
import { decodeMessage, encodeMessage } from './messages.js'
import {
  file_reflection,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from './reflection_pb.js'
import { STATUS } from './status.js'

const FILES = [file_inference, file_health, file_reflection]
const REGISTRY = createRegistry(...FILES)
const SERVICES = FILES.flatMap(({ services }) => services.map(({ typeName: name }) => ({ name })))

type File = (typeof FILES)[number]
type Answer = Exclude<
  MessageInitShape<typeof ServerReflectionResponseSchema>,
  { $typeName: string }
>['messageResponse']

/** Answers each question as it comes. */
export async function reflect({ tenants }: Context, call: Call): Promise<void> {
  tenants.tenantOf(call.header('authorization'))
  for await (const bytes of call.messages()) {
    const originalRequest = decodeMessage(ServerReflectionRequestSchema, bytes)
    const messageResponse = answerTo(originalRequest)
    const response = { validHost: originalRequest.host, originalRequest, messageResponse }
    await call.send(encodeMessage(ServerReflectionResponseSchema, response))
  }
  call.end()
}

function answerTo({ messageRequest: asked }: ServerReflectionRequest): Answer {
  switch (asked.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: SERVICES } }
    case 'fileByFilename':
      return theFile(FILES.find(({ proto }) => proto.name === asked.value))
    case 'fileContainingSymbol':
      return theFile(fileOf(asked.value))
    case 'allExtensionNumbersOfType':
      if (REGISTRY.getMessage(asked.value) === undefined) return notFound()
      return { case: 'allExtensionNumbersResponse', value: { baseTypeName: asked.value } }
    default:
      return notFound()
  }
}

/** The file that defines a service or a message, or a part of one, such as a method. */
function fileOf(symbol: string): File | undefined {
  const whole = symbol.replace(/\.[^.]*$/, '')
  return (REGISTRY.get(symbol) ?? REGISTRY.get(whole))?.file
}

function theFile(file: File | undefined): Answer {
  if (file === undefined) return notFound()
  const fileDescriptorProto = [toBinary(FileDescriptorProtoSchema, file.proto)]
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } }
}

function notFound(): Answer {
  return {
    case: 'errorResponse',
    value: { errorCode: STATUS.NOT_FOUND, errorMessage: 'there is no such definition' },
  }
}
