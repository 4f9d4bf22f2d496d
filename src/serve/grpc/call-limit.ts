import type { Http2Session, ServerHttp2Stream } from 'node:http2'
import { getOrMake } from '../../maps.js'

/**
 * Open calls, up to a limit. Beyond it, the connection with most of them loses its oldest, so that whoever has few keeps
 * them, however many another one opens.
 */
export class CallLimit {
  readonly #most: number
  readonly #byConnection = new Map<Http2Session, Set<ServerHttp2Stream>>()
  #open = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Counts a call until it has ended. @returns the one to end, if there are too many */
  add(call: ServerHttp2Stream): ServerHttp2Stream | undefined {
    const connection = call.session!
    getOrMake(this.#byConnection, connection, () => new Set()).add(call)
    this.#open++
    call.once('close', () => this.#remove(connection, call))
    if (this.#open <= this.#most) return undefined
    const [crowded, calls] = this.#mostCrowded()
    const [oldest] = calls
    this.#remove(crowded, oldest)
    return oldest
  }

  #remove(connection: Http2Session, call: ServerHttp2Stream): void {
    const calls = this.#byConnection.get(connection)
    if (!calls?.delete(call)) return
    this.#open--
    if (calls.size === 0) this.#byConnection.delete(connection)
  }

  #mostCrowded(): [Http2Session, Set<ServerHttp2Stream>] {
    return [...this.#byConnection].reduce((most, one) => (one[1].size > most[1].size ? one : most))
  }
}
