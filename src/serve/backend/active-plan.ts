import { setTimeout as sleep } from 'node:timers/promises'
import { callAt, callSoonAfter } from '../../alarm.js'
import { LONGEST_TIMER_MS } from '../../now.js'
import { sum } from '../../numbers.js'
import {
  expectedUs,
  instanceModels,
  type ServedModelPlan,
  type ServingPlan,
} from '../../plan/serving-plan.js'
import { servingSetup } from '../../schedule/serving/setup.js'
import { type Outcome, ServingClock } from '../../schedule/serving/wall-clock.js'
import type { Refusal } from '../refusal.js'
import type { OutputTensor } from '../tensors/tensors.js'
import type { BackendView, InferOptions, InferRequest, InferTimes } from './backend.js'
import type { LaunchDevice } from './launch-device.js'
import { Pace } from './pace.js'

export interface ActivePlanOptions {
  readonly plan: ServingPlan
  /** The number by which the device knows each instance, whichever plan is in force. */
  readonly seats: readonly number[]
  /** Priority levels of the device. */
  readonly levels: number
  readonly device: LaunchDevice
  /** A monotonic clock, µs. */
  nowUs(): number
  /** Whether a model has had so little of the device that it must go before others, whatever its class. */
  isOwed(model: string): boolean
  /** A launch begins. */
  began(): void
  /** A launch has ended in any way. */
  ended(): void
  /** A launch of a model has ended; it ran this work. */
  launched(model: ServedModelPlan, works: readonly Work[], times: Omit<InferTimes, 'queueUs'>): void
}

/** A request on its way through the scheduling core, and the result of its launch. */
export interface Work {
  readonly request: InferRequest
  readonly tenant: string
  result:
    | {
        readonly outputs: readonly OutputTensor[] | Refusal
        readonly times: Omit<InferTimes, 'queueUs'>
      }
    | undefined
}

/** The rows of all requests of a launch. */
export function rowsOf(works: readonly Work[]): number {
  return sum(works.map(({ request }) => request.rows))
}

/**
 * Clients ask for priority 1 (the highest) or a larger number. 1 becomes this class of the plan, 2 the one below
 * it, and so on; anything above 3 is the lowest class.
 */
const HIGHEST_CLASS = 2

/** The part of its target that a request may be expected to take. Timers and networks need the rest. */
const PART_OF_TARGET = 0.8

/** A plan while it is in force: its queues, and its instances on the device. */
export class ActivePlan {
  readonly plan: ServingPlan
  readonly #options: ActivePlanOptions
  readonly #clock: ServingClock<Work>
  readonly #modelOf: readonly number[]
  readonly #instanceAt: ReadonlyMap<number, number>
  readonly #indexOf: ReadonlyMap<string, number>
  readonly #runningOf: number[]
  /** By instance, the batch size of its running launch; 0 if none is running. */
  readonly #batchOn: number[]
  readonly #isOut: boolean[]
  readonly #paces: readonly Pace[]

  constructor(options: ActivePlanOptions) {
    const { plan, seats, levels, nowUs } = options
    this.plan = plan
    this.#options = options
    this.#modelOf = instanceModels(plan)
    this.#instanceAt = new Map(seats.map((seat, instance) => [seat, instance]))
    this.#indexOf = new Map(plan.models.map(({ name }, index) => [name, index]))
    this.#runningOf = plan.models.map(() => 0)
    this.#batchOn = this.#modelOf.map(() => 0)
    this.#isOut = this.#modelOf.map(() => true)
    this.#paces = plan.models.map((model) => {
      const [largest, launchUs] = largestLaunch(model, plan)
      return new Pace(launchUs / largest / model.instances)
    })
    const setup = servingSetup(plan, levels)
    this.#clock = new ServingClock<Work>({
      // The core sets no limit here. Admission control has already decided how much may wait, fairly by tenant.
      setup: {
        ...setup,
        models: setup.models.map((model) => ({ ...model, mostWaiting: Number.MAX_SAFE_INTEGER })),
        isOwed: (model) => options.isOwed(plan.models[model].name),
      },
      nowUs,
      callAt,
      callSoonAfter,
      run: (instance, batch, level, works) => this.#launch(instance, batch, level, works),
    })
    // Instances come into service only after they are loaded.
    this.withdraw(seats)
  }

  modelNamed(name: string): ServedModelPlan {
    return this.plan.models[this.#indexOf.get(name)!]
  }

  seatsOf(name: string): number[] {
    const index = this.#indexOf.get(name)
    return this.seats.filter((_, instance) => this.#modelOf[instance] === index)
  }

  /** Takes those of the seats that belong to this plan out of service. What runs on them goes on. */
  withdraw(seats: Iterable<number>): void {
    for (const seat of seats) {
      const instance = this.#instanceAt.get(seat)
      if (instance === undefined) continue
      this.#isOut[instance] = true
      this.#clock.core.withdraw(instance)
    }
  }

  /** Puts those of the seats that belong to this plan into service. */
  offer(seats: Iterable<number>): void {
    for (const seat of seats) {
      const instance = this.#instanceAt.get(seat)
      if (instance === undefined) continue
      this.#isOut[instance] = false
      this.#clock.offer(instance)
    }
  }

  get seats(): readonly number[] {
    return this.#options.seats
  }

  has(seat: number): boolean {
    return this.#instanceAt.has(seat)
  }

  /** Resolves once no launch runs on the seat. */
  async idle(seat: number): Promise<void> {
    const instance = this.#instanceAt.get(seat)!
    while (this.#batchOn[instance] > 0) await sleep(1)
  }

  /** Takes back everything that is waiting, so that it moves to the next plan. */
  handOver(): void {
    for (const index of this.plan.models.keys()) this.#clock.withdrawAll(index)
  }

  /** Requests of a model that are waiting for a launch. */
  waiting(name: string): number {
    return this.#clock.core.waiting(this.#indexOf.get(name)!)
  }

  /** Requests of a model that are being launched. */
  running(name: string): number {
    return this.#runningOf[this.#indexOf.get(name)!]
  }

  /** How long it takes to launch this many waiting rows of a model, µs. */
  waitUs(name: string, rows: number): number {
    return rows * this.#paces[this.#indexOf.get(name)!].rowUs
  }

  /**
   * How many rows of a model may wait or run so that the last of them is likely to end within the target. Any more
   * would only be late. Never fewer than it takes to keep the model's instances busy.
   */
  mostInTime(name: string): number {
    const index = this.#indexOf.get(name)!
    const model = this.plan.models[index]
    if (model.late === 'serve') return Number.POSITIVE_INFINITY
    const [largest, launchUs] = largestLaunch(model, this.plan)
    const spareUs = PART_OF_TARGET * model.targetMs * 1000 - launchUs
    const running = largest * model.instances
    return running + Math.max(running, Math.floor(spareUs / this.#paces[index].rowUs))
  }

  /** What each instance holds of the device, and what it does at the moment. */
  holdings(): BackendView['holdings'] {
    return this.#modelOf.map((index, instance) => {
      const { name, share } = this.plan.models[index]
      const batch = this.#batchOn[instance]
      const idle = this.#isOut[instance] ? 'lost' : 'idle'
      return {
        model: name,
        instance: instance - this.#modelOf.indexOf(index),
        cus: share,
        state: batch > 0 ? 'running' : idle,
        batch,
      }
    })
  }

  /** Resolves once no request of a model waits or runs. */
  async emptied(name: string): Promise<void> {
    while (this.waiting(name) + this.running(name) > 0) await sleep(5)
  }

  /** Queues a request under its time of arrival. Resolves when its launch has ended, or when it is given up. */
  run(
    work: Work,
    arrivalUs: number,
    { timeoutUs, priority, cancellation }: InferOptions,
  ): Promise<Outcome> {
    const index = this.#indexOf.get(work.request.model)!
    const { outcome, withdraw } = this.#clock.submit(index, work, {
      samples: work.request.rows,
      arrivalUs,
      ...(timeoutUs !== undefined && { deadlineUs: arrivalUs + timeoutUs }),
      ...(priority > 0 && { priorityClass: Math.max(0, HIGHEST_CLASS + 1 - priority) }),
    })
    cancellation.onCancel(withdraw)
    if (timeoutUs === undefined) return outcome
    // The core only looks at the next request of each model. A request behind that one may already be late, so each
    // has a timer of its own.
    const leftUs = arrivalUs + timeoutUs - this.#options.nowUs()
    const timer = setTimeout(withdraw, Math.min(LONGEST_TIMER_MS, leftUs / 1000))
    return outcome.finally(() => clearTimeout(timer))
  }

  async #launch(
    instance: number,
    batch: number,
    level: number,
    works: readonly Work[],
  ): Promise<void> {
    const index = this.#modelOf[instance]
    const model = this.plan.models[index]
    const requests = works.map(({ request }) => request)
    this.#paces[index].launched(
      this.#options.nowUs(),
      rowsOf(works),
      this.#clock.core.waiting(index),
    )
    this.#runningOf[index] += works.length
    this.#batchOn[instance] = batch
    this.#options.began()
    try {
      const running = this.#clock.core.running
      const { device } = this.#options
      const { outputs, times } = await device.launch({
        instance: this.seats[instance],
        model,
        batch,
        level,
        running,
        requests,
      })
      for (const [i, work] of works.entries()) work.result = { outputs: outputs[i], times }
      this.#options.launched(model, works, times)
    } finally {
      this.#options.ended()
      this.#runningOf[index] -= works.length
      this.#batchOn[instance] = 0
    }
  }
}

/**
 * The rows of a model's largest launch, and the µs that it takes beside as many other launches as the plan allows.
 */
function largestLaunch(model: ServedModelPlan, { concurrency }: ServingPlan): [number, number] {
  const largest = model.batches[model.batches.length - 1]
  return [largest, expectedUs(model, largest, concurrency)]
}
