import { LONGEST_TIMER_MS, nowUs } from './now.js'
import { clamp } from './numbers.js'

/** How late a timer may be, in µs: Node counts whole milliseconds, at least one, and then takes a while to wake. */
const TIMER_LATE_US = 1500

/**
 * Calls back at a time of `nowUs` or up to some milliseconds later; if the time is weeks away, long before it. The
 * alarm does not keep the process alive.
 * @returns a function that cancels the alarm
 */
export function callSoonAfter(timeUs: number, callback: () => void): () => void {
  const delayMs = clamp((timeUs - nowUs()) / 1000, 0, LONGEST_TIMER_MS)
  const timer = setTimeout(callback, delayMs).unref()
  return () => clearTimeout(timer)
}

/**
 * Calls back at a time of `nowUs`, or as soon after it as the event loop is free. In the last 1.5 ms before, the loop
 * turns without sleeping, so this is for calls that are seldom and have to be on time. For a sender that is always busy
 * with it, `src/load/clock.ts` has a thread.
 * @returns a function that cancels the alarm
 */
export function callAt(timeUs: number, callback: () => void): () => void {
  let cancel = goOn()
  function look(): void {
    if (nowUs() >= timeUs) callback()
    else cancel = goOn()
  }
  function goOn(): () => void {
    const wakeUs = timeUs - TIMER_LATE_US
    if (nowUs() < wakeUs) return callSoonAfter(wakeUs, look)
    const turn = setImmediate(look)
    return () => clearImmediate(turn)
  }
  return () => cancel()
}
