import type { RefusalReason } from '../refusal.js'

/** The status codes that this server sends, as gRPC numbers them. */
export const STATUS = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const

/** The gRPC status code of each refusal. */
export const GRPC_STATUS: Readonly<Record<RefusalReason, number>> = {
  invalid: STATUS.INVALID_ARGUMENT,
  unauthorized: STATUS.UNAUTHENTICATED,
  // Browsers do not speak gRPC, so no client ever sees this.
  'cross-site': STATUS.PERMISSION_DENIED,
  'not-found': STATUS.NOT_FOUND,
  'already-exists': STATUS.ALREADY_EXISTS,
  'method-not-allowed': STATUS.UNIMPLEMENTED,
  'unsupported-encoding': STATUS.UNIMPLEMENTED,
  unsupported: STATUS.UNIMPLEMENTED,
  'too-large': STATUS.RESOURCE_EXHAUSTED,
  crumbs: STATUS.INVALID_ARGUMENT,
  'request-timeout': STATUS.DEADLINE_EXCEEDED,
  'model-unavailable': STATUS.UNAVAILABLE,
  overloaded: STATUS.RESOURCE_EXHAUSTED,
  draining: STATUS.UNAVAILABLE,
  late: STATUS.DEADLINE_EXCEEDED,
  cancelled: STATUS.CANCELLED,
  'worker-lost': STATUS.UNAVAILABLE,
  'out-of-memory': STATUS.RESOURCE_EXHAUSTED,
  internal: STATUS.INTERNAL,
}
