import { totalCus } from '../device/device.js'
import { pointWindow } from '../evaluate/simulation-windows.js'
import { sum } from '../numbers.js'
import type { Plan } from '../plan/plan.js'
import { DEFAULT_PARAMETERS } from '../policy/policy.js'
import { planOf } from '../policy/windows/candidate.js'
import { fixedWindows } from '../policy/windows/starts.js'
import { requestUs } from '../profile/duration.js'
import type { Random } from '../random.js'
import { simulate } from '../simulate/simulate.js'
import type { Scenario } from '../workload/scenario.js'
import { FITTED, fittedValues, withFitted } from './parameters.js'

/** A mix that could be measured, and the plans that it would run under. */
export interface TrialMix {
  readonly scenario: Scenario
  readonly plans: readonly Plan[]
}

/** A mix that is worth measuring. */
export interface TellingMix extends TrialMix {
  /** How much it adds to what the mixes before it tell about the parameters, in nats. */
  readonly information: number
}

/** Numbers of workers in a mix. */
const WORKERS = [2, 3, 4] as const
const PLANS = 4

/**
 * Distinct mixes of some models, drawn so that every model is in about equally many of them.
 * @param models at least two, named as in a mix: `vit_b_16/8`
 * @returns at most `count`, since few models form few mixes
 */
export function drawMixes(models: readonly string[], count: number, random: Random): string[] {
  const mixes = new Set<string>()
  let waiting: string[] = []
  // Once all mixes of few models have been drawn, further draws bring nothing new.
  for (let draw = 0; draw < 10 * count && mixes.size < count; draw++) {
    const size = Math.min(models.length, WORKERS[draw % WORKERS.length])
    const mix = new Set<string>()
    while (mix.size < size) {
      if (waiting.length === 0) waiting = [...models]
      const [model] = waiting.splice(random.integer(waiting.length), 1)
      mix.add(model)
    }
    mixes.add([...mix].sort().join('+'))
  }
  return [...mixes]
}

/**
 * A mix under windows of one size for all workers: from disjoint windows, which share only the memory,
 * to the whole device, where blocks meet on every compute unit.
 */
export function trialMix(scenario: Scenario): TrialMix {
  const sizes = fixedWindows(scenario)
  const chosen = Array.from({ length: PLANS }, (_, i) =>
    Math.round((i * (sizes.length - 1)) / (PLANS - 1)),
  )
  const plans = [...new Set(chosen)].map((i) => {
    const [{ first }] = sizes[i].workers
    const evidence = { policy: `windows-of-${first.size}`, parameters: { units: first.size } }
    return planOf(scenario, sizes[i], DEFAULT_PARAMETERS.switchBudget, evidence)
  })
  return { scenario, plans }
}

/** Error of a prediction that remains however well its parameters are known, relative to a rate. */
const MODEL_ERROR = 0.03

/**
 * Chooses what to measure, the most informative mix first. It greedily takes the mixes that leave the
 * least volume to the parameters (Bayesian D-optimality, Chaloner and Verdinelli 1995). Before anything
 * is measured, each parameter may be off by a step of the search. A mix is informative if its rates
 * depend on the parameters in other ways than those of the mixes before it.
 * @param secondsOf time that it takes to measure a mix, in s
 * @param seconds time that all may take together
 * @param onMix called before each mix is simulated, with its position
 */
export function tellingMixes(
  mixes: readonly TrialMix[],
  secondsOf: (mix: TrialMix) => number,
  seconds: number,
  onMix?: (index: number) => void,
): TellingMix[] {
  const waiting = mixes.map((mix, i) => {
    onMix?.(i)
    return { mix, seconds: secondsOf(mix), rows: slopes(mix) }
  })
  const chosen: TellingMix[] = []
  let unknown: Matrix = FITTED.map((_, i) => FITTED.map((_, j) => Number(i === j)))
  let left = seconds
  for (;;) {
    const learnt = waiting
      .filter((one) => one.seconds <= left)
      .map((one) => ({ one, ...informed(unknown, one.rows) }))
    if (learnt.length === 0) return chosen
    const best = learnt.reduce((a, b) => (b.information > a.information ? b : a))
    chosen.push({ ...best.one.mix, information: best.information })
    waiting.splice(waiting.indexOf(best.one), 1)
    unknown = best.unknown
    left -= best.one.seconds
  }
}

type Matrix = readonly (readonly number[])[]

/**
 * How the rates of a mix depend on each parameter, in errors per step. There is a row for each worker under
 * the plans with the smallest and the largest windows; all other plans lie between these.
 */
function slopes({ scenario, plans }: TrialMix): Matrix {
  const start = fittedValues(scenario.device)
  return [plans[0], plans[plans.length - 1]].flatMap((plan) => {
    const before = rates(scenario, plan, start)
    const moved = FITTED.map(({ step }, i) =>
      rates(
        scenario,
        plan,
        start.map((value, k) => value + (k === i ? step : 0)),
      ),
    )
    return before.map((rate, w) => moved.map((after) => Math.log(after[w] / rate) / MODEL_ERROR))
  })
}

/** Each worker's simulated requests per second under values of the fitted parameters. */
function rates(scenario: Scenario, plan: Plan, values: readonly number[]): number[] {
  const device = withFitted(scenario.device, values)
  const longestUs = Math.max(
    ...scenario.workers.map(({ profile }) => requestUs(profile, totalCus(device))),
  )
  const window = pointWindow(1e6 / (longestUs * scenario.workers.length), 'closed')
  const options = { ...window, mode: 'coarse', seed: 1 } as const
  const { workers } = simulate({ ...scenario, device }, plan, options)
  return workers.map(({ requestsPerSecond }) => requestsPerSecond)
}

/**
 * What remains unknown about the parameters after measurements with some errors, and how much the
 * measurements told.
 */
export function informed(unknown: Matrix, rows: Matrix): { unknown: Matrix; information: number } {
  let information = 0
  let left = unknown
  for (const row of rows) {
    const told = left.map((line) => dot(line, row))
    const variance = 1 + dot(told, row)
    information += Math.log(variance) / 2
    left = left.map((line, i) => line.map((value, j) => value - (told[i] * told[j]) / variance))
  }
  return { unknown: left, information }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return sum(a.map((value, i) => value * b[i]))
}
