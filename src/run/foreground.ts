/** Runs a program as if it had been started in place of this process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { attempt, describe, InputError, WorkError } from '../errors.js'
import { exitCodeOf } from '../io/signals.js'

/** Signals that a terminal sends to every process in the foreground, the program included. */
const OF_TERMINALS = ['SIGINT', 'SIGQUIT'] as const
const PASSED_ON = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const

/**
 * Runs a program with this process's input and output, and passes signals on to it.
 *
 * @param environment variables added to those of this process
 * @param descriptors open files that the program inherits, from 3 on
 * @param onStart if it throws a WorkError, the program is killed
 * @returns its exit code; 128 + N if signal N ended it
 * @throws InputError if there is no such program, or its arguments are too long; WorkError if the
 * system cannot start it now
 */
export function runInForeground(
  [program, ...words]: readonly string[],
  environment: Readonly<Record<string, string>>,
  descriptors: readonly number[],
  onStart: (child: ChildProcess) => void = () => {},
): Promise<number> {
  let child: ChildProcess | undefined
  // The program can be up before the next line runs here, and signals for it may come from that
  // moment on.
  const undo = passSignals((signal) => child?.kill(signal))
  try {
    child = spawn(program, words, {
      env: { ...process.env, ...environment },
      stdio: ['inherit', 'inherit', 'inherit', ...descriptors],
    })
  } catch (error) {
    // Some failures, such as too many arguments, are thrown; others arrive as an event.
    undo()
    throw notAProgram(program, error as NodeJS.ErrnoException)
  }
  return ended(program, child, onStart).finally(undo)
}

function ended(
  program: string,
  child: ChildProcess,
  onStart: (child: ChildProcess) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => {
      const failure = attempt(() => onStart(child))
      if (!(failure instanceof WorkError)) return
      child.kill('SIGKILL')
      reject(failure)
    })
    child.once('error', (error: NodeJS.ErrnoException) => reject(notAProgram(program, error)))
    child.once('exit', (code, signal) => resolve(exitCodeAfter(code, signal)))
  })
}

/** The exit code that a shell would report. */
export function exitCodeAfter(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? exitCodeOf(signal!)
}

/** @returns a function that stops passing signals */
function passSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const ignore = () => {}
  const ofTerminals = hasTerminal() ? ignore : pass
  for (const signal of PASSED_ON) process.on(signal, pass)
  for (const signal of OF_TERMINALS) process.on(signal, ofTerminals)
  return () => {
    for (const signal of PASSED_ON) process.removeListener(signal, pass)
    for (const signal of OF_TERMINALS) process.removeListener(signal, ofTerminals)
  }
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

const ON_THE_PATH = 'a program on the PATH or a path'

/** What was expected, by the code of the failure. Node itself refuses an empty name. */
const EXPECTED: Readonly<Record<string, string>> = {
  ENOENT: ON_THE_PATH,
  ENOTDIR: ON_THE_PATH,
  ERR_INVALID_ARG_VALUE: ON_THE_PATH,
  EACCES: 'a program that may be executed',
  E2BIG: 'a program with fewer or shorter words',
}

/** Describes what is wrong with a program that could not be started. */
function notAProgram(program: string, { code = '', message }: NodeJS.ErrnoException): Error {
  const expected = EXPECTED[code]
  if (expected === undefined) return new WorkError(`cannot start ${describe(program)}: ${message}`)
  return new InputError({ file: 'COMMAND', expected, found: describe(program) })
}
