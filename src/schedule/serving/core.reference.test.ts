import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sum } from '../../numbers.js'
import { ServingCore } from './core.js'
import type { ServedModel, ServingSetup } from './setup.js'
import type { WaitingRequest } from './waiting-queue.js'

/** The rules of the serving core once more, on plain lists. Only waiting and running requests are kept. */
class Transcription {
  readonly #setup: ServingSetup
  readonly #log: (line: string) => void
  #waiting: (WaitingRequest & { readonly model: number })[] = []
  #running: {
    requests: readonly WaitingRequest[]
    instance: number
    startUs: number
    batch: number
    dueUs: number
    level: number
  }[] = []
  /** The outcomes of the requests of each model: 1 for a missed target, latest last. */
  readonly #past: number[][]
  /** The times of launches, with their model and batch size, latest last. */
  readonly #took: { readonly model: number; readonly batch: number; readonly us: number }[] = []
  /** In the order in which they became free; at the start, low numbers come last. */
  #free: number[]
  #withdrawn: number[] = []

  constructor(setup: ServingSetup, log: (line: string) => void) {
    this.#setup = setup
    this.#log = log
    this.#free = setup.instances.map((_, instance) => instance).reverse()
    this.#past = setup.models.map(() => [])
  }

  arrive(nowUs: number, model: number, request: WaitingRequest): void {
    const { batches, mostWaiting } = this.#setup.models[model]
    const samples = sum(this.#queue(model).map((one) => one.samples))
    if (request.samples > Math.max(...batches)) this.#log(`${request.tag} too-large`)
    else if (samples + request.samples > mostWaiting) this.#log(`${request.tag} full`)
    else {
      this.#waiting.push({ ...request, model })
      this.wake(nowUs)
    }
  }

  finish(nowUs: number, instance: number): void {
    const ended = this.#running.find((one) => one.instance === instance)!
    const late = ended.requests.map(({ deadlineUs }) => (nowUs > deadlineUs ? 1 : 0))
    const model = this.#setup.instances[instance]
    this.#past[model].push(...late)
    this.#took.push({ model, batch: ended.batch, us: nowUs - ended.startUs })
    this.#running = this.#running.filter((one) => one.instance !== instance)
    if (!this.#withdrawn.includes(instance)) this.#free.push(instance)
    this.wake(nowUs)
  }

  withdraw(instance: number): void {
    this.#withdrawn.push(instance)
    this.#free = this.#free.filter((one) => one !== instance)
  }

  offer(nowUs: number, instance: number): void {
    if (!this.#withdrawn.includes(instance)) return
    this.#withdrawn = this.#withdrawn.filter((one) => one !== instance)
    if (this.#running.some((one) => one.instance === instance)) return
    this.#free.push(instance)
    this.wake(nowUs)
  }

  /** Drops and launches for as long as a launch changes which requests can still be in time. */
  wake(nowUs: number): void {
    let before: number
    do {
      this.#dropLate(nowUs)
      before = this.#running.length
      this.#launchAll(nowUs)
    } while (this.#running.length > before)
  }

  #dropLate(nowUs: number): void {
    this.#setup.models.forEach(({ late }, model) => {
      if (late === 'serve') return
      for (let head = this.#head(model); head; head = this.#head(model)) {
        if (nowUs <= this.#latestUs(head)) break
        this.#log(`${head.tag} late`)
        this.#past[model].push(1)
        this.#waiting = this.#waiting.filter((one) => one !== head)
      }
    })
  }

  #launchAll(nowUs: number): void {
    const { models, concurrency } = this.#setup
    while (this.#running.length < concurrency) {
      const ready = models.flatMap((_, model) => (this.#isReady(nowUs, model) ? [model] : []))
      const [first] = ready.sort((a, b) => this.#rank(b) - this.#rank(a) || this.#sooner(a, b))
      if (first === undefined) return
      this.#launch(nowUs, first)
    }
  }

  /** By class, then by deadline, then in the order in which they came. */
  #queue(model: number) {
    return this.#waiting
      .filter((one) => one.model === model)
      .sort((a, b) => b.priorityClass - a.priorityClass || a.deadlineUs - b.deadlineUs)
  }

  #head(model: number) {
    return this.#queue(model).at(0)
  }

  /**
   * The latest start that can be in time: the deadline less the time alone on the quickest instance, with 30 % more
   * if anything runs. If the usual recent launch is shorter, its time counts instead.
   */
  #latestUs({ model, samples, deadlineUs }: WaitingRequest & { readonly model: number }): number {
    const { models, instances, estimateUs } = this.#setup
    const batch = models[model].batches.find((size) => size >= samples)!
    const own = instances.flatMap((of, i) => (of === model ? [estimateUs(i, batch, 1)] : []))
    const expected = (this.#running.length > 0 ? 1.3 : 1) * Math.min(...own)
    return deadlineUs - Math.min(expected, this.#usualUs(model, batch))
  }

  /** Moves by 3 % towards each launch that differs by more than that, which leads to their median. */
  #usualUs(model: number, batch: number): number {
    const [first = Number.POSITIVE_INFINITY, ...later] = this.#took
      .filter((one) => one.model === model && one.batch === batch)
      .map(({ us }) => us)
    const step = (ratio: number): number => (ratio < 0.97 ? 0.97 : ratio > 1.03 ? 1.03 : 1)
    return later.reduce((usual, us) => usual * step(us / usual), first)
  }

  #isReady(nowUs: number, model: number): boolean {
    const { batches, maxDelayUs } = this.#setup.models[model]
    const queue = this.#queue(model)
    if (queue.length === 0 || this.#freeOf(model).length === 0) return false
    const isFull = sum(queue.map(({ samples }) => samples)) >= Math.max(...batches)
    const hasWaited = nowUs >= queue[0].arrivalUs + maxDelayUs
    return maxDelayUs === 0 || isFull || hasWaited || nowUs >= this.#latestUs(queue[0])
  }

  #freeOf(model: number): number[] {
    return this.#free.filter((instance) => this.#setup.instances[instance] === model)
  }

  #rank(model: number): number {
    return this.#setup.isOwed?.(model) ? Number.MAX_VALUE : this.#head(model)!.priorityClass
  }

  #sooner(a: number, b: number): number {
    const [first, second] = [a, b].map((model) => {
      const { headStartUs, targetUs, quantile } = this.#setup.models[model]
      const allowed = this.#missed(model) / (1 - quantile)
      const sharedUs = this.#setup.evenMisses ? targetUs * Math.min(1, 0.15 * allowed) : 0
      const earlierUs = headStartUs + sharedUs
      return this.#latestUs(this.#head(model)!) - earlierUs
    })
    return first - second
  }

  /** Each request counts 1% less than the one after it. */
  #missed(model: number): number {
    const past = this.#past[model].toReversed()
    return sum(past.map((missed, age) => 0.01 * missed * 0.99 ** age))
  }

  #launch(nowUs: number, model: number): void {
    const { models, levels, estimateUs } = this.#setup
    const { batches, headStartUs, late } = models[model]
    const queue = this.#queue(model)
    const instance = this.#freeOf(model).at(-1)!
    // Each size that holds more of the queue than the size below it, with what it holds.
    const prefixes = batches.map((batch) =>
      queue.filter((_, i) => sum(queue.slice(0, i + 1).map((one) => one.samples)) <= batch),
    )
    const choices = prefixes
      .map((requests, size) => {
        const endUs = nowUs + estimateUs(instance, batches[size], this.#running.length + 1)
        const samples = sum(requests.map((one) => one.samples))
        const isLate = requests.some(({ deadlineUs }) => endUs > deadlineUs)
        return { requests, samples, isLate, perSampleUs: (endUs - nowUs) / samples }
      })
      .filter(({ requests }, i) => requests.length > (i > 0 ? prefixes[i - 1].length : 0))
    const isLost = late === 'serve' && nowUs > this.#latestUs(queue[0])
    const firstLate = choices.findIndex(({ isLate }, i) => i > 0 && isLate)
    const allowed = firstLate > 0 && !isLost ? choices.slice(0, firstLate) : choices
    // Of equally good sizes, the larger one.
    const best = allowed.reduce((a, b) => (b.perSampleUs <= a.perSampleUs ? b : a))
    const batch = batches.find((size) => size >= best.samples)!
    const dueUs = Math.min(...best.requests.map(({ deadlineUs }) => deadlineUs)) - headStartUs
    const above = this.#running.flatMap((one) => (one.dueUs > dueUs ? [one.level + 1] : []))
    const level = Math.min(levels - 1, Math.max(0, ...above))
    this.#log(
      `${instance}: ${best.requests.map(({ tag }) => tag).join('+')} in ${batch} at ${level}`,
    )
    this.#running.push({
      requests: best.requests,
      instance,
      startUs: nowUs,
      batch,
      dueUs,
      level,
    })
    this.#free = this.#free.filter((one) => one !== instance)
    this.#waiting = this.#waiting.filter((one) => !best.requests.includes(one))
  }
}

const modelArbitrary: fc.Arbitrary<ServedModel> = fc.record({
  name: fc.constant('m'),
  batches: fc.constantFrom([1], [1, 4], [2, 8], [1, 2, 4, 8]),
  targetUs: fc.integer({ min: 20, max: 200 }),
  maxDelayUs: fc.constantFrom(0, 5, 40),
  headStartUs: fc.constantFrom(0, 0, 20),
  quantile: fc.constantFrom(0.5, 0.9, 0.99),
  priorityClass: fc.nat(2),
  late: fc.constantFrom('drop', 'serve'),
  mostWaiting: fc.integer({ min: 1, max: 30 }),
})

const event = fc.record({
  what: fc.constantFrom('arrive', 'arrive', 'arrive', 'finish', 'withdraw', 'offer', 'wake'),
  which: fc.nat(5),
  gapUs: fc.nat(15),
  samples: fc.constantFrom(1, 1, 1, 2, 3, 9),
  priorityClass: fc.constantFrom(1, 1, 1, 0, 2),
  patienceUs: fc.constantFrom(0, 0, 60),
})

test('the core does the same as a plain transcription of its rules', () => {
  fc.assert(
    fc.property(
      fc.array(modelArbitrary, { minLength: 3, maxLength: 3 }),
      fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.record({
        base: fc.integer({ min: 30, max: 60 }),
        slope: fc.integer({ min: -3, max: 10 }),
        company: fc.nat(10),
        owed: fc.nat(5),
        evenMisses: fc.boolean(),
      }),
      fc.array(event, { minLength: 1, maxLength: 80 }),
      (models, instances, concurrency, { base, slope, company, owed, evenMisses }, events) => {
        const setup: ServingSetup = {
          models,
          instances,
          concurrency,
          levels: 3,
          evenMisses,
          estimateUs: (instance, batch, running) => {
            assert.ok(running >= 1 && running <= concurrency)
            return 1 + base + slope * batch + company * running + (instance % 2)
          },
          isOwed: (model) => model === owed,
        }
        const busy = new Set<number>()
        const log: string[] = []
        const expected: string[] = []
        const core = new ServingCore(setup, {
          launch(instance, batch, level, requests) {
            busy.add(instance)
            const tags = requests.map(({ tag }) => tag).join('+')
            log.push(`${instance}: ${tags} in ${batch} at ${level}`)
          },
          drop: ({ tag }, _model, reason) => log.push(`${tag} ${reason}`),
        })
        const plain = new Transcription(setup, (line) => expected.push(line))
        let nowUs = 0
        events.forEach(({ what, which, gapUs, samples, priorityClass, patienceUs }, tag) => {
          nowUs += gapUs
          const model = which % 3
          const instance = which % instances.length
          const deadlineUs = nowUs + models[model].targetUs + patienceUs
          const request = { tag, samples, arrivalUs: nowUs, deadlineUs, priorityClass }
          for (const one of [core, plain]) {
            if (what === 'arrive') one.arrive(nowUs, model, request)
            else if (what === 'withdraw') one.withdraw(instance)
            else if (what === 'offer') one.offer(nowUs, instance)
            else if (what === 'wake') one.wake(nowUs)
          }
          const [ended] = busy
          if (what === 'finish' && ended !== undefined) {
            busy.delete(ended)
            core.finish(nowUs, ended)
            plain.finish(nowUs, ended)
          }
          assert.deepEqual(log, expected)
        })
      },
    ),
    { numRuns: 400 },
  )
})
