/** Resolves in the next turn of the event loop; undefined while nobody waits for it. */
let next: Promise<void> | undefined

/**
 * Resolves in the next turn of the event loop. Requests that have come by then are read together,
 * served together, and answered together: each system call empties the processor's caches, and to go
 * from one kind of work to the next with every request takes half as much time again.
 */
export function nextTurn(): Promise<void> {
  next ??= new Promise((resolve) => {
    setImmediate(() => {
      next = undefined
      resolve()
    })
  })
  return next
}
