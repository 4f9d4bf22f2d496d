import {
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js'
import type { Refusal } from '../refusal.js'
import { GRPC_STATUS } from './status.js'

/** A call whose messages are bytes. They are decoded later, where an error can be answered. */
export type ServerCall = ServerUnaryCall<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>

export function headerOf(call: ServerCall, name: string): string | undefined {
  return call.metadata.get(name)[0]?.toString()
}

/** A refusal as the status of a call. */
export function errorOf(refusal: Refusal): Partial<ServiceError> {
  const metadata = new Metadata()
  if (refusal.reason === 'overloaded')
    metadata.set('retry-after', `${Math.max(1, Math.ceil(refusal.retryAfterS))}`)
  // Half of a character, which a text that was cut short may end in, cannot be sent.
  const details = Buffer.from(refusal.message).toString()
  return { code: GRPC_STATUS[refusal.reason], details, metadata }
}
