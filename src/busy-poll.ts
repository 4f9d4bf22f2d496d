/**
 * Keeps this thread's event loop polling instead of sleeping, until the returned function is called. A sleeping
 * thread, on a processor that sleeps as well, takes 0.1 to 0.2 ms to wake for each message; one that polls takes a
 * whole core.
 */
export function startBusyPolling(): () => void {
  let turn = setImmediate(poll)
  function poll(): void {
    turn = setImmediate(poll)
  }
  return () => clearImmediate(turn)
}
