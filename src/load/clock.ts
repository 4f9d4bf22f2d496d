import { Worker } from 'node:worker_threads'

/** Time for the senders of load, in µs since the clock was started. */
export interface Clock {
  nowUs(): number
  /**
   * Resolves at that time, but not before one turn of the event loop, so that even a sender that is
   * behind takes answers in. One caller at a time.
   */
  sleepUntil(us: number): Promise<void>
}

export interface WallClock extends Clock {
  /** Wakes whoever sleeps. From then on, nobody sleeps longer than a turn of the event loop. */
  stop(): void
}

/**
 * The alarm rings this much early, and the remaining time is spent turning the event loop: a
 * sleeping thread wakes about 0.1 ms late, which would be part of every latency.
 */
const AHEAD_US = 250

/**
 * A clock that wakes within microseconds. Node's timers have a resolution of a millisecond, and
 * turning the event loop until the time has come would take a whole core from the server under
 * test. Instead, a thread sleeps on a futex, to the microsecond, and posts a message. At 500 requests a second on a busy
 * machine, the alarm of `src/alarm.ts` took half as much processor time again and was 0.5 to 1.2 ms late at the median,
 * the thread 0.1 at most. It wakes one sleeper at a time, and so cannot take the place of that alarm.
 */
export function startWallClock(): WallClock {
  const shared = new SharedArrayBuffer(16)
  const alarm = { sequence: new Int32Array(shared, 0, 1), atUs: new Float64Array(shared, 8, 1) }
  const thread = new Worker(new URL('./alarm-thread.js', import.meta.url), { workerData: shared })
  const startUs = monotonicUs()
  const nowUs = (): number => monotonicUs() - startUs
  let ring = (): void => {}
  let stopped = false
  thread.on('message', () => ring())
  return {
    nowUs,
    async sleepUntil(us) {
      if (!stopped && us - nowUs() > AHEAD_US) {
        await new Promise<void>((resolve) => {
          ring = resolve
          alarm.atUs[0] = startUs + us - AHEAD_US
          Atomics.add(alarm.sequence, 0, 1)
          Atomics.notify(alarm.sequence, 0)
        })
      }
      do await new Promise(setImmediate)
      while (!stopped && nowUs() < us)
    },
    stop() {
      stopped = true
      ring()
      void thread.terminate()
    },
  }
}

/** The machine's monotonic clock in µs, the same in every thread. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint()) / 1000
}
