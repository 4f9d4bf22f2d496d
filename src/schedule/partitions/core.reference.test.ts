import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sum } from '../../numbers.js'
import { createRandom } from '../../random.js'
import { deadlineLimit } from './batching.js'
import { SchedulingCore } from './core.js'
import { leastLoaded } from './least-loaded.js'
import { schedulerNamed } from './registry.js'
import type { SchedulerKind } from './scheduler.js'
import { ScheduleView, serviceTable } from './view.js'

interface Request {
  readonly tag: number
  readonly batch: number
  readonly arrivalUs: number
}

interface Partition {
  readonly estimateUs: readonly number[]
  readonly waiting: Request[]
  running: readonly Request[]
  endsUs: number
}

/** Queues and rules as `docs/mig.md` describes them, on plain lists, with every sum computed from scratch. */
class Transcription {
  readonly partitions: readonly Partition[]
  readonly #shared: Request[] = []
  #turns = 0

  readonly #rule: string
  readonly #slaUs: number
  readonly #log: (line: string) => void

  constructor(
    rule: string,
    slaUs: number,
    rows: readonly (readonly number[])[],
    log: (line: string) => void,
  ) {
    this.#rule = rule
    this.#slaUs = slaUs
    this.#log = log
    this.partitions = rows.map((estimateUs) => ({
      estimateUs,
      waiting: [],
      running: [],
      endsUs: 0,
    }))
  }

  arrive(nowUs: number, request: Request): void {
    this.#shared.push(request)
    this.#assign(nowUs)
  }

  finish(nowUs: number, index: number): void {
    const partition = this.partitions[index]
    for (const { tag, arrivalUs } of partition.running) {
      this.#log(`done ${tag} from ${arrivalUs} on ${index}`)
    }
    partition.running = []
    if (partition.waiting.length > 0) this.#start(nowUs, partition)
    else this.#assign(nowUs)
  }

  #assign(nowUs: number): void {
    while (this.#shared.length > 0) {
      const partition = this.#choose(nowUs, this.#shared[0].batch)
      if (partition === undefined) return
      partition.waiting.push(this.#shared.shift()!)
      if (partition.running.length === 0) this.#start(nowUs, partition)
    }
  }

  #choose(nowUs: number, batch: number): Partition | undefined {
    const wait = ({ running, endsUs, waiting, estimateUs }: Partition): number =>
      (running.length > 0 ? Math.max(0, endsUs - nowUs) : 0) +
      sum(waiting.map((one) => estimateUs[one.batch]))
    const byTime = (time: (partition: Partition) => number, among: readonly Partition[]) =>
      among.toSorted((a, b) => time(a) - time(b)).at(0)
    const slowest = ({ estimateUs }: Partition): number => estimateUs[estimateUs.length - 1]
    const large = this.partitions.toSorted((a, b) => slowest(a) - slowest(b))
    const small = this.partitions.toSorted((a, b) => slowest(b) - slowest(a))
    const completion = (one: Partition): number => wait(one) + one.estimateUs[batch]
    switch (this.#rule) {
      case 'elsa':
        return small.find((one) => completion(one) < this.#slaUs) ?? byTime(completion, small)
      case 'least-loaded':
      case 'merging':
        return byTime(wait, large)
      case 'round-robin':
        return this.partitions[this.#turns++ % this.partitions.length]
      default:
        return large.find(({ running, waiting }) => running.length + waiting.length === 0)
    }
  }

  #start(nowUs: number, partition: Partition): void {
    const { waiting, estimateUs } = partition
    const first = waiting.shift()!
    const launched = [first]
    const samples = (): number => sum(launched.map(({ batch }) => batch))
    const merges = this.#rule === 'batching' || this.#rule === 'merging'
    const most = affordable(estimateUs, this.#slaUs - (nowUs - first.arrivalUs))
    while (merges) {
      const queue = waiting.length > 0 ? waiting : this.#shared
      if (queue.length === 0 || samples() + queue[0].batch > most) break
      launched.push(queue.shift()!)
    }
    partition.running = launched
    partition.endsUs = nowUs + estimateUs[samples()]
    this.#log(`launch ${this.partitions.indexOf(partition)} ${samples()}`)
  }
}

/** The most samples that end within the budget, or as many as there may be if not even one does. */
function affordable(estimateUs: readonly number[], budgetUs: number): number {
  const within = estimateUs.findLastIndex((us, batch) => batch > 0 && us <= budgetUs)
  return within > 0 ? within : estimateUs.length - 1
}

/** Latencies that grow with the batch, in whole µs, so that sums are exact in any order. */
const row = fc
  .array(fc.integer({ min: 1, max: 40 }), { minLength: 6, maxLength: 6 })
  .map((steps) => steps.map((_, batch) => sum(steps.slice(0, batch + 1))))
const rows = fc.array(row, { minLength: 1, maxLength: 4 })
const event = fc.record({
  gapUs: fc.nat(40),
  batch: fc.integer({ min: 1, max: 5 }),
  ends: fc.boolean(),
})

/** None of our schedulers both queues at partitions and merges, but one could. */
const merging: SchedulerKind = {
  ...leastLoaded,
  create: (random) => ({ ...leastLoaded.create(random), launchLimit: deadlineLimit }),
}

for (const rule of ['elsa', 'fifs', 'least-loaded', 'round-robin', 'batching', 'merging']) {
  test(`${rule} does the same as a plain transcription of its rule`, () => {
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 20, max: 300 }),
        fc.array(event, { minLength: 1, maxLength: 60 }),
        (estimates, slaUs, events) => {
          const log: string[] = []
          const expected: string[] = []
          const kind = rule === 'merging' ? merging : schedulerNamed(rule)
          const scheduler = kind.create(createRandom(1))
          const core = new SchedulingCore(serviceTable(estimates), slaUs, scheduler, {
            launch: (partition, samples) => log.push(`launch ${partition} ${samples}`),
            complete: (tag, arrivalUs, partition) =>
              log.push(`done ${tag} from ${arrivalUs} on ${partition}`),
          })
          const plain = new Transcription(rule, slaUs, estimates, (line) => expected.push(line))
          let nowUs = 0
          events.forEach(({ gapUs, batch, ends }, tag) => {
            nowUs += gapUs
            const busy = plain.partitions.findIndex(({ running }) => running.length > 0)
            if (ends && busy >= 0) {
              plain.finish(nowUs, busy)
              core.finish(nowUs, busy)
            } else {
              plain.arrive(nowUs, { tag, batch, arrivalUs: nowUs })
              core.arrive(nowUs, batch, tag)
            }
            assert.deepEqual(log, expected)
            plain.partitions.forEach(({ running }, partition) => {
              const tags = running.map((request) => request.tag)
              assert.deepEqual(core.tagsRunningOn(partition), tags)
            })
          })
        },
      ),
    )
  })
}

test('a launch holds as many samples as end in time, or all there are if none does', () => {
  fc.assert(
    fc.property(
      row,
      fc.nat(300),
      fc.nat(100),
      fc.nat(100),
      (estimates, slaUs, headUs, waitedUs) => {
        const view = new ScheduleView(serviceTable([estimates]), slaUs)
        view.nowUs = headUs + waitedUs
        assert.equal(deadlineLimit(view, 0, headUs), affordable(estimates, slaUs - waitedUs))
      },
    ),
  )
})
