import { statusCaution } from '../../../device/device.js'
import { baselineOf, bestOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import { overallVerdict, targetsOf } from '../../../plan/judgement.js'
import type { Plan } from '../../../plan/plan.js'
import { guessCaution } from '../../../validate/guess-caution.js'
import { type RecordedError, recordedErrorOf } from '../../../validate/recorded-error.js'
import type { Scenario } from '../../../workload/scenario.js'
import { DEFINITIONS, term } from '../../kit/definitions.js'
import { change, compact, fixed, significant } from '../../kit/format.js'
import type { Fact } from '../../kit/page.js'

/** The figures in the head of the page, each with how far to trust the simulator for it. */
export function facts(
  outcomes: readonly PolicyOutcome[],
  error: RecordedError | undefined,
): Fact[] {
  const best = bestOf(outcomes)
  const isOpen = best.judgement.headroom !== null
  const label = isOpen ? 'Most headroom' : 'Most work'
  return [
    { label, value: best.policy, detail: best.summary },
    ...targetFacts(best),
    ...(isOpen ? headroomFacts(outcomes) : workFacts(outcomes, error)),
  ]
}

function targetFacts({ judgement }: PolicyOutcome): Fact[] {
  const targets = targetsOf(judgement)
  if (targets.length === 0) return []
  const met = targets.filter(({ verdict }) => verdict === 'met').length
  const verdict = overallVerdict(judgement)
  const detail =
    verdict === 'met' ? 'in all further runs that are likely' : `${verdict}: see Workload`
  return [{ label: 'Targets met', value: `${met} of ${targets.length}`, detail }]
}

function headroomFacts(outcomes: readonly PolicyOutcome[]): Fact[] {
  const [best, base] = [bestOf(outcomes), baselineOf(outcomes)]
  const [now, before] = [best, base].map(({ judgement }) => judgement.headroom ?? 0)
  return [
    {
      label: term(DEFINITIONS.headroom),
      value: `${fixed(now)}×`,
      detail: best === base ? SIMULATED : `simulated; ${fixed(before)}× under ${base.policy}`,
    },
    {
      label: term(DEFINITIONS.power),
      value: `${fixed(best.metrics.powerW, 0)} W`,
      detail:
        best === base
          ? SIMULATED
          : `simulated; ${fixed(base.metrics.powerW, 0)} W under ${base.policy}`,
    },
  ]
}

const SIMULATED = 'simulated'

/** `simulated, ±2.5%`; only `simulated` if no error is recorded. */
export function trust(share: number | undefined): string {
  return share === undefined ? SIMULATED : `${SIMULATED}, \u{B1}${compact(share * 100)}%`
}

function workFacts(
  outcomes: readonly PolicyOutcome[],
  recorded: RecordedError | undefined,
): Fact[] {
  const [best, base] = [bestOf(outcomes), baselineOf(outcomes)]
  const error = wasNeverRun(best) ? undefined : recorded
  const [now, before] = [best.metrics, base.metrics]
  const detail = (share: number | undefined, against: string): string =>
    best === base ? trust(share) : `${trust(share)}; ${against}`
  const workError = error && error.weightedSpeedup + error.power
  return [
    {
      label: term(DEFINITIONS.weightedSpeedup),
      value: fixed(now.weightedSpeedup),
      detail: detail(
        error?.weightedSpeedup,
        `${change(now.weightedSpeedup, before.weightedSpeedup)} against ${base.policy}`,
      ),
    },
    {
      label: term(DEFINITIONS.workPerKilojoule),
      value: significant(now.workPerKilojoule),
      detail: detail(
        workError,
        `${change(now.workPerKilojoule, before.workPerKilojoule)} against ${base.policy}`,
      ),
    },
    {
      label: term(DEFINITIONS.lowestWorker),
      value: fixed(now.lowestWorker),
      detail: detail(error?.rate, `${fixed(before.lowestWorker)} under ${base.policy}`),
    },
  ]
}

/** How far to trust all figures, and which of them have never been measured. */
export function trustText(scenario: Scenario, outcomes: readonly PolicyOutcome[]): string {
  const error = recordedErrorOf(scenario)
  if (error === undefined) {
    const cautions = [guessCaution(scenario), statusCaution(scenario.device)].filter(Boolean)
    return `All figures are simulated, and nothing was measured to say how far off they are${cautions.map((caution) => `; ${caution}`).join('')}.`
  }
  const { weightedSpeedup, rate, p95, power, source } = error
  const off = (share: number): string => `\u{B1}${compact(share * 100)}%`
  return `All figures are simulated. Mean errors: ${off(weightedSpeedup)} of weighted speedup, ${off(rate)} of a worker’s rate, ${off(p95)} of p95 and ${off(power)} of power, over ${source}.${neverRunText(outcomes)}`
}

/** No run under MIG has been recorded, and the hardware that KRISP needs does not exist. */
const NEVER_RUN: ReadonlySet<Plan['mechanism']> = new Set(['mig', 'hardware'])

function wasNeverRun({ plan }: PolicyOutcome): boolean {
  return NEVER_RUN.has(plan.mechanism)
}

function neverRunText(outcomes: readonly PolicyOutcome[]): string {
  const names = outcomes.filter(wasNeverRun).map(({ policy }) => policy)
  if (names.length === 0) return ''
  return ` None of these runs was under ${names.join(' or ')}: how far off those figures are is unknown.`
}
