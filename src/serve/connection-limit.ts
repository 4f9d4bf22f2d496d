/**
 * The connections of a server, up to a limit. Beyond it, a new connection takes the place of the one that has been
 * idle longest, so that a client which opens thousands and leaves them idle keeps nobody else out.
 */
export class ConnectionLimit<Connection> {
  readonly #most: number
  readonly #isIdle: (connection: Connection) => boolean
  /** In the order of the latest request: the connection that asked last comes last. */
  readonly #open = new Set<Connection>()

  constructor(most: number, isIdle: (connection: Connection) => boolean) {
    this.#most = most
    this.#isIdle = isIdle
  }

  /** @returns the connection to close, if there are too many: the newcomer if all others are busy */
  add(newcomer: Connection): Connection | undefined {
    this.#open.add(newcomer)
    if (this.#open.size <= this.#most) return undefined
    for (const connection of this.#open) {
      if (connection !== newcomer && !this.#isIdle(connection)) continue
      this.remove(connection)
      return connection
    }
  }

  /** A request has come on this connection. */
  used(connection: Connection): void {
    if (this.#open.delete(connection)) this.#open.add(connection)
  }

  remove(connection: Connection): void {
    this.#open.delete(connection)
  }

  get open(): ReadonlySet<Connection> {
    return this.#open
  }
}
