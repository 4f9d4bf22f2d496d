/** What the server allows its clients. */
export interface Limits {
  /** Longest body or message, before and after decompression. */
  readonly bodyBytes: number
  /**
   * The longest part of a request that is parsed: its JSON, or its message without raw tensors. Each byte may take
   * a hundred bytes of memory once it is parsed, and the server does nothing else in the meantime.
   */
  readonly parsedBytes: number
  /** The bodies of all open requests together, and answers to inference that have not been read. */
  readonly heldBytes: number
  /**
   * All other answers over HTTP together that have not been read, and requests that wait behind others on their
   * connections.
   */
  readonly pageBytes: number
  /** The longest head of an HTTP request. */
  readonly headerBytes: number
  /** The most headers of an HTTP request. Each takes memory in addition to its bytes, as long as the request does. */
  readonly headers: number
  /** The head of a request must have arrived within this time, ms. */
  readonly headersTimeoutMs: number
  /** A whole request must have arrived within this time, ms. */
  readonly requestTimeoutMs: number
  /** A client must have taken an answer, or a message of a stream, within this time, ms. */
  readonly answerTimeoutMs: number
  /** A connection on which nothing moves is closed after this time, ms. */
  readonly idleTimeoutMs: number
  /**
   * Connections over HTTP, and as many over gRPC. One more takes the place of the one that has been idle longest.
   */
  readonly connections: number
  /** Requests on one HTTP connection that may wait for their answers. */
  readonly pipelined: number
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 64 * 2 ** 20,
  parsedBytes: 16 * 2 ** 20,
  heldBytes: 2 ** 30,
  pageBytes: 2 ** 26,
  headerBytes: 16 * 1024,
  headers: 100,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  answerTimeoutMs: 60_000,
  idleTimeoutMs: 75_000,
  connections: 4096,
  pipelined: 64,
}

/** Limits for calls that ask whether the server lives: they send at most the name of a service. */
export const PROBE_LIMITS = { bodyBytes: 2 ** 12, heldBytes: 2 ** 26 } as const

/** The same of calls that go on asking, for which nobody needs a key either. */
export const WATCH_LIMITS = PROBE_LIMITS
