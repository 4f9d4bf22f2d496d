import { type Device, fingerprint } from '../device/device.js'
import {
  limitsProcesses,
  PLANNED_PERCENTS,
  servingShareCus,
  soundPercents,
} from '../device/share.js'
import { sum } from '../numbers.js'
import type { ServedModelPlan, ServingMechanism, ServingPlan } from '../plan/serving-plan.js'
import type { Demand, DemandModel } from '../workload/demand.js'

/** What the search decides for one model. */
export interface ModelChoice {
  readonly instances: number
  /** Compute units of each instance. */
  readonly share: number
  /** The largest batch size used, as an index of the model's profiles. */
  readonly largestBatch: number
  readonly maxDelayMs: number
  /** Its launches are ordered as if they were due this much earlier, as a fraction of its target. */
  readonly headStart: number
}

/** What the search decides for a demand. */
export interface Choice {
  readonly mechanism: ServingMechanism
  readonly models: readonly ModelChoice[]
  /** The most launches that run at once, no more than there are instances. */
  readonly concurrency: number
}

/** Beyond this many, further instances of a model only take turns. */
export const USEFUL_INSTANCES = 3

/** How long requests may wait for others to fill their batch, as fractions of the target. */
const DELAYS = [0, 0.05, 0.1, 0.2]

/**
 * How much earlier a model's launches may be ordered, as fractions of the target. At 2 or more it
 * always goes first.
 */
const HEAD_STARTS: readonly number[] = [0, 0.5, 1, 2]

/** Shares in percent to choose from. Where nothing limits a process, every instance has the whole device. */
export function percentsToTry(device: Device, percents: readonly number[]): readonly number[] {
  return limitsProcesses(device) ? soundPercents(device, percents) : [100]
}

/** Instances of all models together. */
export function totalInstances(models: readonly ModelChoice[]): number {
  return sum(models.map(({ instances }) => instances))
}

/**
 * Expected times of launches in ms, by model and batch size: alone at index 0, beside one other at
 * index 1, and so on.
 */
export type Expectation = (model: number, batch: number) => readonly number[]

/** The plan of a choice. Late requests are dropped, launches are ordered by deadline, and misses are shared out. */
export function planOf(demand: Demand, choice: Choice, expected: Expectation): ServingPlan {
  return {
    format: 'eclip.serving/1',
    device: { name: demand.device.name, fingerprint: fingerprint(demand.device) },
    mechanism: choice.mechanism,
    concurrency: Math.min(choice.concurrency, totalInstances(choice.models)),
    priority: 'deadline',
    evenMisses: true,
    models: demand.models.map((model, m) => servedModel(model, m, choice.models[m], expected)),
    evidence: { policy: 'size', parameters: {} },
  }
}

function servedModel(
  model: DemandModel,
  m: number,
  { instances, share, largestBatch, maxDelayMs, headStart }: ModelChoice,
  expected: Expectation,
): ServedModelPlan {
  const batches = model.profiles.slice(0, largestBatch + 1).map(({ batch }) => batch)
  return {
    name: model.name,
    model: model.model,
    samples: model.samples,
    batches,
    maxDelayMs,
    ...(headStart > 0 && { headStartMs: (headStart * model.targetUs) / 1000 }),
    targetMs: model.targetUs / 1000,
    quantile: model.quantile,
    priorityClass: model.priorityClass,
    late: 'drop',
    instances,
    share,
    expectedMs: Object.fromEntries(batches.map((batch) => [batch, [...expected(m, batch)]])),
  }
}

/** Which batch sizes every model has: all that exist, or only the smallest that carries a request. */
type EvenBatches = 'all' | 'smallest'

/**
 * A choice that treats all models alike: the same number of instances, each with the same share of
 * the device in percent.
 */
export function evenChoice(
  demand: Demand,
  instances: number,
  percent: number,
  batches: EvenBatches,
): Choice {
  const models = demand.models.map(
    ({ mostInstances, profiles }): ModelChoice => ({
      instances: Math.min(instances, mostInstances),
      share: servingShareCus(demand.device, percent),
      largestBatch: batches === 'all' ? profiles.length - 1 : 0,
      maxDelayMs: 0,
      headStart: 0,
    }),
  )
  const mechanism = limitsProcesses(demand.device) ? 'mps' : 'streams'
  return { mechanism, models, concurrency: totalInstances(models) }
}

/**
 * All even choices of one share of the device, in percent. Small batches come first, because states
 * of larger ones use up the budget for other states unless they carry more. Among equal batches,
 * most instances come first.
 */
export function* evenChoices(demand: Demand, percent: number): Generator<Choice> {
  for (const batches of ['smallest', 'all'] as const) {
    for (let instances = USEFUL_INSTANCES; instances >= 1; instances--) {
      yield evenChoice(demand, instances, percent, batches)
    }
  }
}

/** Whether a choice gives every model the same part of the device, as far as their limits on instances allow. */
export function isEven({ models: choices }: Choice, { models }: Demand): boolean {
  const [first] = choices
  const most = Math.max(...choices.map(({ instances }) => instances))
  return choices.every(
    ({ instances, share, largestBatch, maxDelayMs }, m) =>
      share === first.share &&
      maxDelayMs === first.maxDelayMs &&
      instances === Math.min(most, models[m].mostInstances) &&
      largestBatch > 0 === first.largestBatch > 0,
  )
}

/** Numbers of launches at once that are tried, as fractions of the instances. */
const AT_ONCE = [0.8, 0.65, 0.5, 0.4, 0.3]

/** Choices with fewer launches at once, the largest number first. */
export function fewerAtOnce(choice: Choice): Choice[] {
  const tried = AT_ONCE.map((part) => Math.round(part * totalInstances(choice.models)))
  return withConcurrencies(choice, tried).filter((one) => one.concurrency < choice.concurrency)
}

/** Choices with other numbers of launches at once. */
export function otherConcurrencies(choice: Choice): Choice[] {
  const { concurrency: now, models } = choice
  return withConcurrencies(choice, [now - 2, now - 1, now + 1, now + 2, totalInstances(models)])
}

/** Choices with each of the given numbers of launches at once that is possible. */
function withConcurrencies(choice: Choice, tried: readonly number[]): Choice[] {
  const most = totalInstances(choice.models)
  const possible = [...new Set(tried)].filter((n) => n >= 1 && n <= most)
  return possible.map((concurrency) => ({ ...choice, concurrency }))
}

/** How far a model's share moves in one change: to a neighbouring share, or to any. */
export type Reach = 'near' | 'far'

/**
 * Choices that differ in one model's share and instances, and in the launches at once. The three
 * change together because a smaller share may pay only with one more instance, and that only with
 * one more launch at once. The nearest shares come first.
 */
export function* placesOf(
  demand: Demand,
  choice: Choice,
  m: number,
  reach: Reach,
): Generator<Choice> {
  const own = choice.models[m]
  const { device } = demand
  const shares = percentsToTry(device, PLANNED_PERCENTS).map((percent) =>
    servingShareCus(device, percent),
  )
  const distance = (share: number): number =>
    Math.abs(shares.indexOf(share) - shares.indexOf(own.share))
  const reached = shares
    .filter((share) => reach === 'far' || distance(share) <= 1)
    .toSorted((a, b) => distance(a) - distance(b))
  const now = choice.concurrency
  const most = Math.min(
    Math.max(USEFUL_INSTANCES, own.instances + 1),
    demand.models[m].mostInstances,
  )
  for (const share of reached) {
    for (let instances = most; instances >= 1; instances--) {
      const models = choice.models.with(m, { ...own, share, instances })
      const more = instances - own.instances
      const tried = more === 0 ? [now] : [now, now + Math.sign(more), totalInstances(models)]
      yield* withConcurrencies({ ...choice, models }, tried)
    }
  }
}

/** Choices that differ in one model's head start, delay or batch. */
export function* habitsOf(demand: Demand, choice: Choice, m: number): Generator<Choice> {
  const own = choice.models[m]
  const { profiles, targetUs, samples } = demand.models[m]
  const canBatch = profiles[own.largestBatch].batch > samples
  const delays = DELAYS.map((part) => (part * targetUs) / 1000)
  const step = HEAD_STARTS.indexOf(own.headStart)
  const changes: Partial<ModelChoice>[] = [
    ...[step + 1, step - 1]
      .flatMap((i) => HEAD_STARTS[i] ?? [])
      .map((headStart) => ({ headStart })),
    ...(canBatch ? delays.map((maxDelayMs) => ({ maxDelayMs })) : []),
    ...[own.largestBatch - 1, own.largestBatch + 1]
      .filter((i) => profiles[i])
      .map((largestBatch) => ({ largestBatch })),
  ]
  for (const change of changes) {
    yield { ...choice, models: choice.models.with(m, { ...own, ...change }) }
  }
}
