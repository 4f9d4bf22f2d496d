/**
 * Runs command lines within limits of 10 s and 1 GB each. The seconds are processor time, so that a
 * busy machine gives the same answer; wall time is limited too.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Outcome } from './runner-thread.test.fixture.js'

const LIMIT_MS = 10_000
const LIMIT_MB = 1024
const LONGEST_WAIT_MS = 120_000
const LOOK_MS = 100

export interface Runner {
  /** @throws Error if the run takes too much time or memory, or ends its thread */
  run(words: readonly string[]): Promise<Outcome>
  close(): Promise<void>
}

/** Runs commands in a thread of this process, at some milliseconds each. */
export function createRunner(): Runner {
  let thread: Worker | undefined
  const close = async (): Promise<void> => {
    await thread?.terminate()
    thread = undefined
  }
  return {
    close,
    async run(words) {
      thread ??= new Worker(new URL('./runner-thread.test.fixture.js', import.meta.url), {
        resourceLimits: { maxOldGenerationSizeMb: LIMIT_MB },
        stdout: true,
        stderr: true,
        // No case should start Python: a case that gets that far ends there.
        env: { ...process.env, ECLIP_PYTHON: 'no-python' },
      })
      try {
        return await answer(thread, words)
      } catch (error) {
        await close()
        throw error
      }
    },
  }
}

async function answer(thread: Worker, words: readonly string[]): Promise<Outcome> {
  const done = new AbortController()
  const { signal } = done
  const isOver = createLimit()
  const timer = setInterval(() => {
    if (isOver()) done.abort()
  }, LOOK_MS)
  try {
    thread.postMessage(words)
    // An error of the thread rejects whatever is waiting.
    const message = once(thread, 'message', { signal }).then(([outcome]) => outcome as Outcome)
    const exit = once(thread, 'exit', { signal }).then(() => undefined)
    exit.catch(() => {})
    message.catch(() => {})
    const outcome = await Promise.race([message, exit])
    if (outcome) return outcome
    throw new Error('the thread ended')
  } catch (error) {
    if (signal.aborted) throw new Error(`still running after ${LIMIT_MS} ms`)
    throw error
  } finally {
    clearInterval(timer)
    done.abort()
  }
}

function createLimit(): () => boolean {
  const before = process.cpuUsage()
  const startMs = performance.now()
  return () => {
    const { user, system } = process.cpuUsage(before)
    const isLong = performance.now() - startMs > LONGEST_WAIT_MS
    return (user + system) / 1000 > LIMIT_MS || isLong
  }
}
