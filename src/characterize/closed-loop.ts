import type { Chain, Completion } from '../binding/partitioned-device.js'
import { sum } from '../numbers.js'

/** Results of chains that ran side by side, each restarted whenever it ended. */
export interface ClosedLoop {
  /** Submissions completed, by chain. */
  readonly completed: readonly number[]
  readonly elapsedUs: number
}

/** Length of the warm-up, as a share of the window's length. */
const WARM_UP = 0.2

/**
 * Runs chains in closed loops for the window and until at least one submission has completed, because
 * a busy host may not get to it within the window. One host thread polls the completions of all
 * chains, so that no chain waits for the end of another.
 */
export function runClosedLoop(chains: readonly Chain[], windowMs: number): ClosedLoop {
  const running = chains.map((chain) => chain.submit())
  poll(chains, running, WARM_UP * windowMs, 0)
  const start = performance.now()
  const completed = poll(chains, running, windowMs, 1)
  const elapsedUs = 1000 * (performance.now() - start)
  for (const mark of running) settle(mark)
  return { completed, elapsedUs }
}

/** @param least number of completions, of all chains together, before it may end */
function poll(
  chains: readonly Chain[],
  running: Completion[],
  milliseconds: number,
  least: number,
): number[] {
  const completed = chains.map(() => 0)
  const end = performance.now() + milliseconds
  while (performance.now() < end || sum(completed) < least) {
    for (const [i, chain] of chains.entries()) {
      if (!running[i].isDone()) continue
      running[i].release()
      running[i] = chain.submit()
      completed[i]++
    }
  }
  return completed
}

/** Waits for a completion and gives it back to the device. */
export function settle(mark: Completion): void {
  while (!mark.isDone());
  mark.release()
}
