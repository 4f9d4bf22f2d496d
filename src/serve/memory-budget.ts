import { Refusal } from './refusal.js'

/** Memory that each piece of a body takes beside its own bytes. */
export const PIECE_BYTES = 256

/** A piece may belong to a buffer of this many times its bytes. */
const MOST_SLACK = 4

/**
 * A piece that keeps hardly more memory than it counts for. A view keeps the whole of what was read from the connection
 * together with it: with a byte in each read, a client could have a thousand times as much kept as it sends.
 */
export function compact(piece: Buffer): Buffer {
  if (piece.byteLength * MOST_SLACK >= piece.buffer.byteLength) return piece
  const own = Buffer.allocUnsafeSlow(piece.byteLength)
  own.set(piece)
  return own
}

/** A body in more pieces than this must have pieces of at least this many bytes on average. */
const MANY_PIECES = 4096
const LEAST_MEAN_BYTES = 64

/**
 * Every piece costs the same time, however small it is, and the server does nothing else in that time.
 * @throws Refusal `crumbs` if the pieces are many and small
 */
export function checkPieces(pieces: number, bytes: number): void {
  if (pieces > MANY_PIECES && bytes < pieces * LEAST_MEAN_BYTES)
    throw new Refusal('crumbs', `${bytes} bytes came in ${pieces} pieces`)
}

/**
 * Bounds the memory that bodies of open requests, or answers until they are read, hold together. A request beyond the
 * bound is refused at once, so that an overload costs no memory.
 */
export class MemoryBudget {
  readonly #mostBytes: number
  readonly #whole: MemoryBudget | undefined
  #heldBytes = 0

  /**
   * @param mostBytes that all of them may hold together
   * @param whole of which this is a share
   */
  constructor(mostBytes: number, whole?: MemoryBudget) {
    this.#mostBytes = mostBytes
    this.#whole = whole
  }

  /** A part of this budget, so that those who have it leave room for others. What it holds counts for both. */
  share(mostBytes: number): MemoryBudget {
    return new MemoryBudget(mostBytes, this)
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

  /** For those who go on without: undefined if there is no room. */
  reserveIfRoom(bytes: number): Reservation | undefined {
    return this.#hasRoom(bytes) ? this.reserve(bytes) : undefined
  }

  #hasRoom(bytes: number): boolean {
    if (bytes > 0 && this.#heldBytes + bytes > this.#mostBytes) return false
    return this.#whole === undefined || this.#whole.#hasRoom(bytes)
  }

  #hold(bytes: number): void {
    if (!this.#hasRoom(bytes))
      throw new Refusal('overloaded', 'the requests under way fill the memory set apart for them')
    this.#heldBytes += bytes
    if (this.#whole !== undefined) this.#whole.#hold(bytes)
  }
}

/** The memory that one request holds. */
export class Reservation {
  readonly #hold: (bytes: number) => void
  #bytes = 0

  constructor(hold: (bytes: number) => void) {
    this.#hold = hold
  }

  /** Grows the reservation to this many bytes, if it is smaller. @throws Refusal `overloaded` */
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

  /** Gives back everything beyond this many bytes. */
  keep(bytes: number): void {
    this.#hold(bytes - this.#bytes)
    this.#bytes = bytes
  }
}
