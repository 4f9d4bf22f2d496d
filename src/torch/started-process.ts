import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { within } from '../within.js'

/** A process that was started for this one, by itself or by a fork server. */
export interface StartedProcess {
  /** Resolves when the process has ended, or could not be started, to one line that tells how. */
  readonly ended: Promise<string>
  /** Does nothing once the process has ended. */
  kill(signal: NodeJS.Signals): void
}

/** How a process ended: with a code, or with the name of a signal. */
export interface ProcessEnd {
  readonly code?: number | null | undefined
  readonly signal?: string | null | undefined
  /** The last line that it wrote to stderr; empty if there is none. */
  readonly lastWords: string
}

/** One line that tells how a process ended. @param name what the process is called there */
export function endLine(name: string, { code, signal, lastWords }: ProcessEnd): string {
  const how = signal ? `was killed by ${signal}` : `ended with code ${code}`
  return `${name} ${how}${lastWords && `: ${lastWords}`}`
}

/** Watches a child of this process, whose stderr is a pipe. @param name what it is called in errors */
export function watched(child: ChildProcess, name: string): StartedProcess {
  let lastWords = ''
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.trim() !== '') lastWords = line.trim()
    })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`cannot start ${name}: ${error.message}`))
    child.once('close', (code, signal) => resolve(endLine(name, { code, signal, lastWords })))
  })
  return { ended, kill: (signal) => child.kill(signal) }
}

/** Ends a process that does not end by itself, first politely and then by force. */
export async function end(process: StartedProcess, timeoutMs: number): Promise<string> {
  process.kill('SIGTERM')
  const reason = await within(timeoutMs, process.ended)
  if (reason !== undefined) return reason
  process.kill('SIGKILL')
  return process.ended
}
