/**
 * The connections of a server, up to a limit. Beyond it, a new connection takes the place of the one that has been
 * idle longest, so that a client which opens thousands and leaves them idle keeps nobody else out.
 */
export class Seats<Connection> {
  readonly #most: number
  readonly #isIdle: (connection: Connection) => boolean
  /** In the order of the latest request: the connection that asked last comes last. */
  readonly #taken = new Set<Connection>()

  constructor(most: number, isIdle: (connection: Connection) => boolean) {
    this.#most = most
    this.#isIdle = isIdle
  }

  /** @returns the connection to close, if there are too many: the newcomer if all others are busy */
  take(newcomer: Connection): Connection | undefined {
    this.#taken.add(newcomer)
    if (this.#taken.size <= this.#most) return undefined
    for (const connection of this.#taken) {
      if (connection !== newcomer && !this.#isIdle(connection)) continue
      this.leave(connection)
      return connection
    }
  }

  /** A request has come on this connection. */
  asked(connection: Connection): void {
    if (this.#taken.delete(connection)) this.#taken.add(connection)
  }

  leave(connection: Connection): void {
    this.#taken.delete(connection)
  }

  get taken(): ReadonlySet<Connection> {
    return this.#taken
  }
}
