import { printable } from '../printable.js'

/** Shows the progress of a long command on a terminal's stderr, once it has run for a second. */
export interface Progress {
  /** What is being done. */
  update(text: string): void
  /** Shows how much of a task is done, and the time left at the pace so far. */
  count(task: string, done: number, of: number, remark?: string): void
  done(): void
}

/** The part of a terminal that progress needs. */
export type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>

const PATIENCE_MS = 1000
const CLEAR_LINE = '\r\x1b[2K'

/** @param now returns milliseconds of a monotonic clock */
export function startProgress(
  terminal: Terminal = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  // Without escape sequences, a line cannot be drawn again.
  if (!terminal.isTTY || process.env.TERM === 'dumb')
    return { update: () => {}, count: () => {}, done: () => {} }
  const startMs = now()
  let text = ''
  let isShown = false
  let task = { name: '', startMs }
  const draw = (): void => {
    terminal.write(`${CLEAR_LINE}${printable(text).slice(0, (terminal.columns || 80) - 1)}`)
    isShown = true
  }
  // Two ways are needed: work that waits for others reports nothing for a while, and work that
  // computes never lets a timer run.
  const timer = setTimeout(draw, PATIENCE_MS).unref()
  const update = (next: string): void => {
    text = next
    if (isShown || now() - startMs >= PATIENCE_MS) draw()
  }
  return {
    update,
    count: (name, done, of, remark) => {
      if (task.name !== name) task = { name, startMs: now() }
      const left = timeLeft(now() - task.startMs, done, of)
      update([`${name} ${done} of ${of}`, remark, left].filter(Boolean).join(', '))
    },
    done: () => {
      clearTimeout(timer)
      if (isShown) terminal.write(CLEAR_LINE)
      isShown = false
    },
  }
}

/** `40 s left` or `5 min left`; undefined until something is done. */
function timeLeft(elapsedMs: number, done: number, of: number): string | undefined {
  if (done === 0 || elapsedMs === 0) return undefined
  const seconds = ((elapsedMs / done) * (of - done)) / 1000
  return seconds < 90 ? `${Math.ceil(seconds)} s left` : `${Math.ceil(seconds / 60)} min left`
}
