import { constants } from 'node:os'

/** Signals by which people and their systems ask a program to end. */
export const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** If signal N ended a process, a shell reports the exit code 128 + N. */
const BY_SIGNAL = 128

let holders = 0

/**
 * Lets signals end this process through its exit handlers, which end the processes it started and
 * remove files it was writing. A write past the limit on file sizes fails instead of ending the
 * process.
 *
 * @returns a function that undoes this
 */
export function exitOnSignals(): () => void {
  if (holders++ === 0) {
    for (const signal of ENDING_SIGNALS) process.on(signal, exit)
    process.on('SIGXFSZ', ignore)
  }
  let isHeld = true
  return () => {
    if (isHeld && --holders === 0) {
      for (const signal of ENDING_SIGNALS) process.removeListener(signal, exit)
      process.removeListener('SIGXFSZ', ignore)
    }
    isHeld = false
  }
}

/**
 * Calls back at the next of the signals that ask this process to end, instead of ending it.
 * @returns a function that undoes this
 */
export function onNextSignal(asked: (signal: NodeJS.Signals) => void): () => void {
  const undo = (): void => {
    for (const signal of ENDING_SIGNALS) process.removeListener(signal, once)
  }
  const once = (signal: NodeJS.Signals): void => {
    undo()
    asked(signal)
  }
  for (const signal of ENDING_SIGNALS) process.on(signal, once)
  return undo
}

/** The exit code of a process that a signal has ended. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return BY_SIGNAL + constants.signals[signal]
}

function exit(signal: NodeJS.Signals): void {
  process.exit(exitCodeOf(signal))
}

function ignore(): void {}
