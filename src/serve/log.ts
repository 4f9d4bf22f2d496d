/** Takes note of an event. */
export type Log = (event: string, details: Readonly<Record<string, unknown>>) => void

/** Writes what happens as JSON, one line for each event: for an operator's log collector. */
export function logTo(stream: NodeJS.WritableStream): Log {
  return (event, details) => {
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...details })}\n`)
  }
}
