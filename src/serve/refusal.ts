/** Why a request was not answered with a result. */
export type RefusalReason =
  /** The request itself is wrong: its JSON, names, shapes, types or sizes. */
  | 'invalid'
  | 'unauthorized'
  /** The request comes from a page of another site, in a browser. */
  | 'cross-site'
  /** No such path, model, version or shared-memory region. */
  | 'not-found'
  /** A shared-memory region with this name is already registered. */
  | 'already-exists'
  | 'method-not-allowed'
  | 'unsupported-encoding'
  | 'unsupported'
  /** The body is longer than the server reads. */
  | 'too-large'
  /** The body comes in so many small pieces that the server would do nothing but take them in. */
  | 'crumbs'
  /** The client took too long to send its request. */
  | 'request-timeout'
  /** The model is known but not loaded, or it is being loaded or unloaded. */
  | 'model-unavailable'
  /** Too much is already waiting, for this model or in the whole server. */
  | 'overloaded'
  /** The server is about to end and takes no new requests. */
  | 'draining'
  /** The request could not end within its deadline. */
  | 'late'
  /** The client went away before its answer was ready. */
  | 'cancelled'
  /** The worker process ended while it ran the request. */
  | 'worker-lost'
  /** The memory budget of the model is too small. */
  | 'out-of-memory'
  /** A defect of the server, or an error of the model. */
  | 'internal'

/** How a request that was not answered is counted. */
export type Ending = 'refused' | 'dropped' | 'failed'

/** Refused: never accepted. Dropped: accepted, then given up. Failed: an error on the side of the server. */
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

/** Refusals for what the server cannot take at the moment. All others are for what the request itself is. */
const OF_SERVER: ReadonlySet<RefusalReason> = new Set([
  'model-unavailable',
  'overloaded',
  'draining',
])

/** Whether a request was refused for what it is, and so says nothing about how the server keeps its targets. */
export function isFaulty(reason: RefusalReason): boolean {
  return ENDINGS[reason] === 'refused' && !OF_SERVER.has(reason)
}

/** The longest message in characters. Over gRPC, it travels among the headers, whose size clients limit. */
const LONGEST_MESSAGE = 1000

/** Why a request is not served; the message is one line for the client. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: RefusalReason
  /** For `overloaded`: the seconds after which another try may succeed. */
  readonly retryAfterS: number

  constructor(reason: RefusalReason, message: string, retryAfterS = 1) {
    // Nobody reads where a refusal was made, and finding out would take nine times as long as all else here.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message)
    Error.stackTraceLimit = stackTraceLimit
    this.reason = reason
    this.retryAfterS = retryAfterS
  }
}

/** A refusal of a request that is wrong in itself. */
export function invalid(message: string): Refusal {
  return new Refusal('invalid', message)
}
