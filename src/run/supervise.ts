/** Keeps programs running until they have ended or this process is asked to end them. */
import { join } from 'node:path'
import { attempt, WorkError } from '../errors.js'
import { atExit } from '../io/at-exit.js'
import { ENDING_SIGNALS } from '../io/signals.js'
import { answerChanges } from './control.js'
import { GRACE_MS, Program, type ProgramStart } from './program.js'
import { RunStateFile } from './run-state.js'

/**
 * Runs programs to their ends. A signal ends them all: politely at first, and by force after ten
 * seconds or at a second signal.
 * @param remark called with a line on every end and restart
 * @returns whether all ended well or were asked to end
 * @throws WorkError if the programs cannot be started as asked, or others could not see them; none is left running
 */
export async function supervise(
  starts: readonly ProgramStart[],
  remark: (text: string) => void,
): Promise<boolean> {
  const file = new RunStateFile()
  const marked = starts.map((start) => ({
    ...start,
    environment: { ...start.environment, ...file.environment },
  }))
  const programs: Program[] = []
  let isSeen = true
  const show = (): void => {
    isSeen = false
    file.write(programs.map(({ state }) => state))
    isSeen = true
  }
  // Programs go on where others can no longer be shown what became of them, as on a disk that has filled up.
  const changed = (text?: string): void => {
    const wasSeen = isSeen
    const failure = attempt(show)
    if (text !== undefined) remark(text)
    if (failure instanceof WorkError && wasSeen) remark(failure.message)
  }
  const undoAnswers = answerChanges(file.folder, (change) => {
    const program = programs.find(({ state }) => state.name === change.program)
    if (program === undefined) throw new WorkError('it does not run here')
    return program.change(change)
  })
  const endAll = (): void => {
    undoAnswers()
    stopAll(programs, 'SIGKILL')
    file.remove()
  }
  const undoExit = atExit(endAll)
  const stopping = stopOnSignals(programs)
  try {
    marked.forEach((start, i) => {
      programs.push(new Program(start, join(file.folder, `settings-${i}`), changed))
    })
    show()
    const codes = await Promise.all(programs.map(({ ended }) => ended))
    return stopping.wasAsked() || codes.every((code) => code === 0)
  } finally {
    stopAll(programs, 'SIGKILL')
    // Until they have ended, programs that were started before another could not be write into the file.
    await Promise.all(programs.map(({ ended }) => ended))
    stopping.undo()
    undoExit()
    endAll()
  }
}

function stopAll(programs: readonly Program[], signal: NodeJS.Signals): void {
  for (const program of programs) program.stop(signal)
}

function stopOnSignals(programs: readonly Program[]) {
  let timer: NodeJS.Timeout | undefined
  const onSignal = (): void => {
    if (timer !== undefined) {
      stopAll(programs, 'SIGKILL')
      return
    }
    timer = setTimeout(() => stopAll(programs, 'SIGKILL'), GRACE_MS)
    stopAll(programs, 'SIGTERM')
  }
  for (const signal of ENDING_SIGNALS) process.on(signal, onSignal)
  return {
    wasAsked: () => timer !== undefined,
    undo: () => {
      clearTimeout(timer)
      for (const signal of ENDING_SIGNALS) process.removeListener(signal, onSignal)
    },
  }
}
