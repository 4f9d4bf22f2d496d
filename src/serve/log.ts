/** Records an event. */
export type Log = (event: string, details: Readonly<Record<string, unknown>>) => void

/** Writes each event as one line of JSON, for an operator's log collector. */
export function logTo(stream: NodeJS.WritableStream): Log {
  return (event, details) => {
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...details })}\n`)
  }
}
