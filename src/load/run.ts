/** Sends the load of several models at once and measures the outcomes. */
import type { Histogram } from 'hdr-histogram-js'
import { createRandom, type Random } from '../random.js'
import { recordedGaps, type UnitGaps } from '../schedule/arrivals.js'
import { gapsOf } from '../schedule/serving/demand-streams.js'
import { type ArrivalStream, MergedArrivals } from '../schedule/serving/merged-arrivals.js'
import type { ArrivalProcess } from '../workload/demand.js'
import type { Call } from './client/client.js'
import type { Clock } from './clock.js'
import type { ModelLoad } from './model-load.js'
import { latencyHistogram, recordUs, Tally } from './tally.js'

/** The requests of an open load. */
interface OpenStream extends ArrivalStream {
  /** Index of the load. */
  readonly owner: number
}

/** The load of one model with its encoded requests, which are sent in turn. */
export interface PreparedLoad {
  readonly load: ModelLoad
  readonly calls: readonly Call[]
}

export interface RunOptions {
  /** Requests due in these first seconds are sent but not counted. */
  readonly warmupS: number
  /** How many seconds count. If absent, the run ends after enough requests. */
  readonly measuredS?: number | undefined
  /** The most requests that count, over all models. */
  readonly requests?: number | undefined
  readonly seed: number
  readonly clock: Clock
  /** Ends the run at once; the result is what was measured until then. */
  readonly signal: AbortSignal
}

/** What a run has measured, in the order of its loads. */
export interface Measurement {
  readonly tallies: readonly Tally[]
  /** How late requests were handed to a connection, in µs after they were due. */
  readonly lag: Histogram
  /** The number of seconds in which counted requests were due. */
  readonly measuredS: number
  readonly interrupted: boolean
}

export interface LoadRun {
  readonly done: Promise<Measurement>
  readonly tallies: readonly Tally[]
}

/**
 * The most requests under way, which take about 200 MB. A server that falls this far behind has
 * failed, so further requests are counted as failed instead of being kept until this process fails
 * too.
 */
const MOST_UNDER_WAY = 50_000
const NOT_SENT = { ending: 'failed', reason: `${MOST_UNDER_WAY} requests were under way` } as const

/** Starts the load. Its tallies can be read while it runs. */
export function startLoad(loads: readonly PreparedLoad[], options: RunOptions): LoadRun {
  const run = new Run(loads, options)
  return { done: run.toItsEnd(), tallies: run.tallies }
}

class Run {
  readonly tallies: readonly Tally[]
  readonly #lag = latencyHistogram()
  readonly #loads: readonly PreparedLoad[]
  readonly #options: RunOptions
  readonly #startUs: number
  /** When counting starts and when sending ends, in µs of the clock. */
  readonly #countFromUs: number
  readonly #endUs: number
  readonly #sentOf: number[]
  #counted = 0
  #underWay = 0
  #isSending = true
  #allEnded = (): void => {}

  constructor(loads: readonly PreparedLoad[], options: RunOptions) {
    const { clock, warmupS, measuredS = Number.POSITIVE_INFINITY } = options
    this.#loads = loads
    this.#options = options
    this.#startUs = clock.nowUs()
    this.#countFromUs = this.#startUs + warmupS * 1e6
    this.#endUs = this.#countFromUs + measuredS * 1e6
    this.#sentOf = loads.map(() => 0)
    this.tallies = loads.map(({ load }) => new Tally((load.targetMs ?? Infinity) * 1000))
  }

  async toItsEnd(): Promise<Measurement> {
    const { clock, signal } = this.#options
    await Promise.race([Promise.all([this.#sendOnTime(), this.#sendInTurn()]), aborted(signal)])
    const sentUntilUs = Math.min(clock.nowUs(), this.#endUs)
    this.#isSending = false
    const ended = new Promise<void>((resolve) => {
      this.#allEnded = resolve
    })
    if (this.#underWay > 0) await Promise.race([ended, aborted(signal)])
    const closedAtS = this.#secondsAt(clock.nowUs())
    for (const tally of this.tallies) tally.close(closedAtS, 'interrupted before the answer')
    return {
      tallies: this.tallies,
      lag: this.#lag,
      measuredS: Math.max(0, sentUntilUs - this.#countFromUs) / 1e6,
      interrupted: signal.aborted,
    }
  }

  /** Open loop: every request is sent when it is due, whatever happened to earlier ones. */
  async #sendOnTime(): Promise<void> {
    const { clock } = this.#options
    const streams = this.#loads.flatMap(({ load }, index) => this.#streamOf(load, index))
    if (streams.length === 0) return
    const arrivals = new MergedArrivals(streams)
    const dueUs = (): number => this.#startUs + arrivals.nextUs
    for (;;) {
      await clock.sleepUntil(Math.min(dueUs(), this.#endUs))
      const nowUs = clock.nowUs()
      for (let atUs = dueUs(); atUs <= nowUs && !this.#isOver(atUs); atUs = dueUs()) {
        void this.#send(streams[arrivals.take()].owner, atUs)
      }
      if (this.#isOver(nowUs)) return
    }
  }

  /**
   * Closed loop: the number of requests under way stays the same, since each is followed by the
   * next.
   */
  async #sendInTurn(): Promise<void> {
    const { clock } = this.#options
    const oneAfterAnother = async (owner: number): Promise<void> => {
      for (let nowUs = clock.nowUs(); !this.#isOver(nowUs); nowUs = clock.nowUs()) {
        await this.#send(owner, nowUs)
      }
    }
    await Promise.all(
      this.#loads.flatMap(({ load: { arrivals } }, owner) =>
        arrivals.kind === 'closed'
          ? Array.from({ length: arrivals.concurrency }, () => oneAfterAnother(owner))
          : [],
      ),
    )
  }

  #streamOf({ arrivals }: ModelLoad, owner: number): OpenStream[] {
    if (arrivals.kind === 'closed') return []
    const random = createRandom(this.#options.seed * 1000 + owner)
    return [{ owner, gaps: loadGaps(arrivals.process, random), ratePerS: arrivals.ratePerS }]
  }

  async #send(owner: number, dueUs: number): Promise<void> {
    const { clock } = this.#options
    const { calls } = this.#loads[owner]
    const tally = this.tallies[owner]
    const counts = dueUs >= this.#countFromUs
    if (counts) {
      this.#counted++
      tally.left(this.#secondsAt(clock.nowUs()))
    }
    if (this.#underWay === MOST_UNDER_WAY) {
      if (counts) tally.ended(this.#secondsAt(clock.nowUs()), NOT_SENT, 0)
      // A closed loop would send the next request at once, and while it did so no answer could come
      // in.
      return new Promise((resolve) => setImmediate(resolve))
    }
    this.#underWay++
    const reply = await calls[this.#sentOf[owner]++ % calls.length](() => {
      if (counts) recordUs(this.#lag, clock.nowUs() - dueUs)
    })
    this.#underWay--
    if (this.#options.signal.aborted) return
    const nowUs = clock.nowUs()
    if (counts) tally.ended(this.#secondsAt(nowUs), reply, nowUs - dueUs)
    // Throughput also counts answers to requests of the warm-up, since otherwise a backlog would
    // lower it.
    const inWindow = this.#isSending && nowUs >= this.#countFromUs && nowUs < this.#endUs
    if (inWindow && reply.ending === 'answered') tally.answeredInWindow++
    if (this.#underWay === 0) this.#allEnded()
  }

  get #hasEnough(): boolean {
    return this.#counted >= (this.#options.requests ?? Infinity)
  }

  /** Whether a request that is due at this time comes too late to be sent. */
  #isOver(dueUs: number): boolean {
    return this.#options.signal.aborted || this.#hasEnough || dueUs >= this.#endUs
  }

  #secondsAt(us: number): number {
    return Math.max(0, us - this.#countFromUs) / 1e6
  }
}

/** A trace is replayed from its start here, whereas the trace of a demand starts anywhere. */
function loadGaps(process: ArrivalProcess, random: Random): UnitGaps {
  return process.kind === 'trace'
    ? recordedGaps(process.timesS, process.file)
    : gapsOf(process, random)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
