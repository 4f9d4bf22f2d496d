/**
 * Requests that go on in one turn of the event loop: as many as gain from going on together. A thousand that
 * were read at once would otherwise be served before anybody else is heard.
 */
const MOST_IN_TURN = 32

/** Those that go on in the next turn, and those that wait for a later one. */
let due = 0
const waiting: (() => void)[] = []

/**
 * Resolves in the next turn of the event loop, or a later one if many wait. Requests that have come by then are
 * read together, served together, and answered together: each system call empties the processor's caches, and to
 * go from one kind of work to the next with every request takes half as much time again.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (due < MOST_IN_TURN) goOnInNextTurn(resolve)
    else waiting.push(resolve)
  })
}

/**
 * An immediate for each: where all requests of a turn go on as one, they keep their bodies for longer, and the
 * garbage of large ones takes as much time again.
 */
function goOnInNextTurn(resolve: () => void): void {
  due++
  setImmediate(() => {
    due--
    const next = waiting.shift()
    if (next !== undefined) goOnInNextTurn(next)
    resolve()
  })
}
