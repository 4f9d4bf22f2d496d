/** One program that is kept running. */
import { type ChildProcess, spawn } from 'node:child_process'
import { WorkError } from '../errors.js'
import { signalIfThere } from '../io/process-list.js'
import type { Change, Held } from './change.js'
import type { Answer } from './control.js'
import { exitCodeAfter } from './foreground.js'
import { HeldTerms } from './held-terms.js'
import { familyOf, processOf, untilEnded } from './process-table.js'
import type { ProgramEntry } from './programs-file.js'
import { restartDelayMs, soonEnds, wantsRestart } from './restart.js'
import type { ProgramState } from './run-state.js'

/** How a program is started: its entry with everything resolved. */
export interface ProgramStart extends Pick<ProgramEntry, 'name' | 'command' | 'restart'> {
  /** The environment, except for the variables that hold the program to its terms. */
  readonly environment: NodeJS.ProcessEnv
  /** Variables that its entry sets in its environment. */
  readonly own: Readonly<Record<string, string>>
  readonly folder: string
  /** An open file for its output. With `inherit`, it prints where this process prints. */
  readonly output: number | 'inherit'
  /** Open files that the program inherits, from 3 on. */
  readonly descriptors: readonly number[]
  readonly terms: Held
}

/** How long a program may take to end before it is killed. */
export const GRACE_MS = 10_000
/** Exit code that a shell reports for a program that does not exist. */
const NO_SUCH_PROGRAM = 127

/** Starts a program and, until it is stopped, starts it again as its restart policy says. */
export class Program {
  /** Resolves to its last exit code once it and its group have ended for good. */
  readonly ended: Promise<number>
  readonly #start: ProgramStart
  readonly #changed: (remark?: string) => void
  readonly #terms: HeldTerms
  #state: Omit<ProgramState, keyof HeldTerms['shown']>
  #soon = 0
  #isStopping = false
  /** Whether it was told to end only so that it can be started again. */
  #isRestarting = false
  #timer: NodeJS.Timeout | undefined
  #settle: (code: number) => void = () => {}

  /**
   * @param settings a file of its own
   * @param changed called after every change since its start, with a line for people if there is something to say
   */
  constructor(start: ProgramStart, settings: string, changed: (remark?: string) => void) {
    const { name, command, terms } = start
    this.#start = start
    this.#changed = changed
    this.#terms = new HeldTerms(terms, 'again', settings)
    this.#state = {
      name,
      command: [...command],
      state: 'waiting',
      restarts: 0,
    }
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#launch()
  }

  get state(): ProgramState {
    return { ...this.#state, ...this.#terms.shown }
  }

  /**
   * Changes what it is held to: now if that is possible, otherwise from its next start.
   * @throws WorkError if it has ended, or cannot be held to that
   */
  change(change: Change): Answer {
    if (this.#state.state === 'ended') throw new WorkError('it has ended')
    const answer = this.#terms.change(change)
    if (change.restart && this.#terms.isStartDue) this.#startNow()
    this.#changed()
    return answer
  }

  #startNow(): void {
    const { state, process: id } = this.#state
    clearTimeout(this.#timer)
    if (state === 'waiting') this.#restart()
    else if (id !== undefined) {
      this.#isRestarting = true
      signalIfThere(-id.pid, 'SIGTERM')
      this.#timer = setTimeout(() => signalIfThere(-id.pid, 'SIGKILL'), GRACE_MS)
    }
  }

  /** Asks the program to end, or kills it, depending on the signal; it is not started again. */
  stop(signal: NodeJS.Signals): void {
    this.#isStopping = true
    clearTimeout(this.#timer)
    const { state, process: id, exitCode = 0 } = this.#state
    if (state === 'waiting') this.#finish(exitCode)
    else if (id !== undefined) signalIfThere(-id.pid, signal)
  }

  #launch(): void {
    const startedMs = performance.now()
    const child = this.#spawn(startedMs)
    if (child === undefined) return
    const id = child.pid === undefined ? undefined : processOf(child.pid)
    this.#state = { ...this.#state, state: 'running', process: id }
    child.once('error', (error) => this.#onNoStart(error, startedMs))
    child.once('exit', (code, signal) => {
      this.#onEnd(exitCodeAfter(code, signal), startedMs, signal ?? `code ${code}`)
    })
  }

  /** @returns undefined if the program could not be started, which has then been handled */
  #spawn(startedMs: number): ChildProcess | undefined {
    const { command, environment, own, folder, output, descriptors } = this.#start
    const [program, ...words] = command
    // In a group of its own, everything that it starts can be ended with it, and a terminal's
    // signals reach only this process.
    try {
      return spawn(program, words, {
        cwd: folder,
        env: { ...environment, ...this.#terms.takeForStart(), ...own },
        detached: true,
        stdio: ['ignore', output, output, ...descriptors],
      })
    } catch (error) {
      // Some failures, such as too many arguments, are thrown; others arrive as an event.
      this.#onNoStart(error as Error, startedMs)
      return undefined
    }
  }

  #onNoStart({ message }: Error, startedMs: number): void {
    this.#onEnd(NO_SUCH_PROGRAM, startedMs, message)
  }

  #onEnd(exitCode: number, startedMs: number, how: string): void {
    const { restart, name } = this.#start
    const { process: id, ...rest } = this.#state
    const isRestarting = this.#isRestarting
    this.#isRestarting = false
    clearTimeout(this.#timer)
    const group = id === undefined ? [] : familyOf(id.pid)
    this.#state = { ...rest, exitCode }
    // Processes of the group that outlive its leader would keep the device occupied.
    if (id !== undefined) signalIfThere(-id.pid, 'SIGKILL')
    if (this.#isStopping || !(isRestarting || wantsRestart(restart, exitCode))) {
      this.#finish(exitCode, `${name} ended: ${how}`, group)
      return
    }
    this.#soon = isRestarting ? 1 : soonEnds(this.#soon, performance.now() - startedMs)
    const delayMs = restartDelayMs(this.#soon)
    this.#state = { ...this.#state, state: 'waiting' }
    this.#timer = setTimeout(() => this.#restart(), delayMs)
    this.#changed(`${name} ended: ${how}; started again in ${delayMs / 1000} s`)
  }

  #restart(): void {
    this.#state = { ...this.#state, restarts: this.#state.restarts + 1 }
    this.#launch()
    this.#changed()
  }

  #finish(exitCode: number, remark?: string, ending: readonly number[] = []): void {
    this.#state = { ...this.#state, state: 'ended' }
    this.#changed(remark)
    void untilEnded(ending).then(() => this.#settle(exitCode))
  }
}
