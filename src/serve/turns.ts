/**
 * How many requests go on in one turn of the event loop: as many as gain from going on together. If a thousand
 * requests that were read at once all went on, nobody else would be heard before they had been served.
 */
const MOST_IN_TURN = 32

/** How many go on in the next turn, and those that wait for a later one. */
let due = 0
const waiting: (() => void)[] = []
/** Those that have waited longest, the first one last: taking each from the front of a long list would copy the list. */
let first: (() => void)[] = []
const MOST_FIRST = 1024

/**
 * Resolves in the next turn of the event loop, or in a later one if many are waiting. The requests that have
 * arrived by then are read together, served together and answered together. This saves time: each system call
 * empties the processor's caches, and switching from one kind of work to the next for every request takes half as
 * much time again.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (due < MOST_IN_TURN) goOnInNextTurn(resolve)
    else waiting.push(resolve)
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
    if (first.length === 0) first = waiting.splice(0, MOST_FIRST).reverse()
    const next = first.pop()
    if (next !== undefined) goOnInNextTurn(next)
    resolve()
  })
}
