import { Refusal } from '../refusal.js'

/** What a piece of a body takes beside its bytes. */
export const PIECE_BYTES = 256

/** Of a body in more pieces than this, the mean piece has at least so many bytes. */
const MANY_PIECES = 4096
const LEAST_MEAN_BYTES = 64

/**
 * Each piece takes the same time, whatever is in it, and nobody else is served meanwhile.
 * @throws Refusal `crumbs`
 */
export function checkPieces(pieces: number, bytes: number): void {
  if (pieces > MANY_PIECES && bytes < pieces * LEAST_MEAN_BYTES)
    throw new Refusal('crumbs', `${bytes} bytes came in ${pieces} pieces`)
}

/**
 * Bounds the memory that the bodies of all requests under way hold together. Requests beyond the
 * bound are refused at once, so that an overload costs no memory.
 */
export class Admission {
  readonly #mostBytes: number
  #heldBytes = 0

  /** @param mostBytes of all bodies together */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** @throws Refusal `overloaded` */
  reserve(bytes: number): Reservation {
    const reservation = new Reservation((difference) => this.#hold(difference))
    reservation.grow(bytes)
    return reservation
  }

  #hold(bytes: number): void {
    if (bytes > 0 && this.#heldBytes + bytes > this.#mostBytes)
      throw new Refusal('overloaded', 'the requests under way fill the memory set apart for them')
    this.#heldBytes += bytes
  }
}

/** The memory that one request holds. */
export class Reservation {
  readonly #hold: (bytes: number) => void
  #bytes = 0

  constructor(hold: (bytes: number) => void) {
    this.#hold = hold
  }

  /** Makes it at least so many bytes. @throws Refusal `overloaded` */
  cover(bytes: number): void {
    if (bytes > this.#bytes) this.grow(bytes - this.#bytes)
  }

  /** @throws Refusal `overloaded` */
  grow(bytes: number): void {
    this.#hold(bytes)
    this.#bytes += bytes
  }

  /**
   * Makes sure that so many bytes would fit now, and holds none of them: a client that announces a body has not
   * sent it, and a few that never do would keep everybody else out.
   * @throws Refusal `overloaded`
   */
  expect(bytes: number): void {
    const more = Math.max(0, bytes - this.#bytes)
    this.#hold(more)
    this.#hold(-more)
  }

  release(): void {
    this.keep(0)
  }

  /** Gives back all but so many bytes. */
  keep(bytes: number): void {
    this.#hold(bytes - this.#bytes)
    this.#bytes = bytes
  }
}
