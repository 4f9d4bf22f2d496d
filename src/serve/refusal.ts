/** Why a request was not answered with a result. */
export type RefusalReason =
  /** The request itself is wrong: its JSON, names, shapes, types or sizes. */
  | 'invalid'
  | 'unauthorized'
  /** A page of another site asks, in a browser. */
  | 'cross-site'
  /** No such path, model, version or shared-memory region. */
  | 'not-found'
  /** A shared-memory region of that name is registered. */
  | 'already-exists'
  | 'method-not-allowed'
  | 'unsupported-encoding'
  | 'unsupported'
  /** The body is longer than the server reads. */
  | 'too-large'
  /** The body comes in so many pieces of a few bytes that to take them in is all the work there is. */
  | 'crumbs'
  /** The client took too long to send its request. */
  | 'request-timeout'
  /** The model is known but not loaded, or is being loaded or unloaded. */
  | 'model-unavailable'
  /** Too much is waiting already, for this model or in the whole server. */
  | 'overloaded'
  /** The server is about to end and takes nothing new. */
  | 'draining'
  /** The request could not end within its deadline. */
  | 'late'
  /** The client went away before its answer was ready. */
  | 'cancelled'
  /** The worker process ended while it ran the request. */
  | 'worker-lost'
  /** The memory budget of the model does not suffice. */
  | 'out-of-memory'
  /** A defect of ours, or an error of the model. */
  | 'internal'

/** How a request that was not answered is counted. */
export type Ending = 'refused' | 'dropped' | 'failed'

/** Refused: never taken on. Dropped: taken on, then given up. Failed: went wrong on our side. */
export const ENDINGS: Readonly<Record<RefusalReason, Ending>> = {
  invalid: 'refused',
  unauthorized: 'refused',
  'cross-site': 'refused',
  'not-found': 'refused',
  'already-exists': 'refused',
  'method-not-allowed': 'refused',
  'unsupported-encoding': 'refused',
  unsupported: 'refused',
  'too-large': 'refused',
  crumbs: 'refused',
  'request-timeout': 'refused',
  'model-unavailable': 'refused',
  overloaded: 'refused',
  draining: 'refused',
  late: 'dropped',
  cancelled: 'dropped',
  'worker-lost': 'failed',
  'out-of-memory': 'failed',
  internal: 'failed',
}

/** Characters of a message. Over gRPC it travels among the headers, which clients bound. */
const LONGEST_MESSAGE = 1000

/** A request is not served; the message is one line for the client. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: RefusalReason
  /** For `overloaded`: when trying again may help, in seconds. */
  readonly retryAfterS: number

  constructor(reason: RefusalReason, message: string, retryAfterS = 1) {
    super(message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message)
    this.reason = reason
    this.retryAfterS = retryAfterS
  }
}
