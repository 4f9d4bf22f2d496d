import { status } from '@grpc/grpc-js'
import type { RefusalReason } from '../refusal.js'

/** The gRPC status code of each refusal. */
export const GRPC_STATUS: Readonly<Record<RefusalReason, status>> = {
  invalid: status.INVALID_ARGUMENT,
  unauthorized: status.UNAUTHENTICATED,
  'not-found': status.NOT_FOUND,
  'method-not-allowed': status.UNIMPLEMENTED,
  'unsupported-encoding': status.UNIMPLEMENTED,
  unsupported: status.UNIMPLEMENTED,
  'too-large': status.RESOURCE_EXHAUSTED,
  'request-timeout': status.DEADLINE_EXCEEDED,
  'model-unavailable': status.UNAVAILABLE,
  overloaded: status.RESOURCE_EXHAUSTED,
  draining: status.UNAVAILABLE,
  late: status.DEADLINE_EXCEEDED,
  cancelled: status.CANCELLED,
  'worker-lost': status.UNAVAILABLE,
  'out-of-memory': status.RESOURCE_EXHAUSTED,
  internal: status.INTERNAL,
}
