import { getOrMake } from '../maps.js'

/**
 * How many requests go on in one turn of the event loop: as many as gain from going on together. If a thousand
 * requests that were read at once all went on, nobody else would be heard before they had been served.
 */
const MOST_IN_TURN = 32

/** How many go on in the next turn. */
let due = 0
/** Those that wait for a later one, in a line for each who asks. The line whose turn it is comes first. */
const lines = new Map<object, Line>()

/**
 * Resolves in the next turn of the event loop, or in a later one if many are waiting: then those who ask take turns, so
 * that nobody waits behind a thousand requests of another. The requests that have arrived by then are read together,
 * served together and answered together. This saves time: each system call empties the processor's caches, and switching
 * from one kind of work to the next for every request takes half as much time again.
 *
 * @param asking who asks, such as a connection
 */
export function nextTurn(asking: object): Promise<void> {
  return new Promise((resolve) => {
    if (due < MOST_IN_TURN) goOnInNextTurn(resolve)
    else getOrMake(lines, asking, () => new Line()).add(resolve)
  })
}

/**
 * Uses one immediate for each request. If all requests of a turn went on in one, they would keep their bodies
 * longer, and collecting large ones would take as much time again.
 */
function goOnInNextTurn(resolve: () => void): void {
  due++
  setImmediate(() => {
    due--
    const next = takeNext()
    if (next !== undefined) goOnInNextTurn(next)
    resolve()
  })
}

/** How many wait for a later turn than the next. */
export function waitingForTurns(): number {
  let waiting = 0
  for (const { length } of lines.values()) waiting += length
  return waiting
}

/** The next one of the line whose turn it is, which then waits until all others have had theirs. */
function takeNext(): (() => void) | undefined {
  for (const [asking, line] of lines) {
    lines.delete(asking)
    const next = line.take()
    if (line.length > 0) lines.set(asking, line)
    return next
  }
}

/** First in, first out: taking each from the front of a long list would copy the list. */
class Line {
  readonly #waiting: (() => void)[] = []
  /** The oldest of them, the first one last. */
  #first: (() => void)[] = []

  get length(): number {
    return this.#waiting.length + this.#first.length
  }

  add(one: () => void): void {
    this.#waiting.push(one)
  }

  take(): (() => void) | undefined {
    if (this.#first.length === 0) this.#first = this.#waiting.splice(0).reverse()
    return this.#first.pop()
  }
}
