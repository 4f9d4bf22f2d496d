const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const INTERRUPTED = 130

/**
 * Lets signals end the process through its exit handlers, which end the processes it started.
 *
 * @returns undoes it
 */
export function exitOnSignals(): () => void {
  const exit = () => process.exit(INTERRUPTED)
  for (const signal of SIGNALS) process.once(signal, exit)
  return () => {
    for (const signal of SIGNALS) process.removeListener(signal, exit)
  }
}
