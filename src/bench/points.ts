import { tellsOfWholeDevice } from '../binding/mps/client.js'
import { wholeDevice } from '../device/device.js'
import { finiteOrNull, sum } from '../numbers.js'
import { groupsOnGranules } from '../plan/groups-on-granules.js'
import { isShare, type Plan } from '../plan/plan.js'
import type { Point, Points } from '../validate/points.js'
import type { Scenario } from '../workload/scenario.js'
import type { Contest, Contestant } from './contest.js'
import { summarize } from './summary.js'

/** Origin of measured points. */
export interface Provenance {
  readonly description: string
  readonly command: string
  readonly date: string
}

/**
 * Measured points in the form that `eclip validate` reads: one for each policy, as means over its
 * repeats. Listed beside them are the rivals without a plan to simulate, the contestants that failed,
 * and whatever was launched kernel by kernel, whose cost the simulator does not know.
 *
 * @param rivals contestants that ran in separate processes
 */
export function pointsOf(
  scenario: Scenario,
  { hello, soloRates, contestants }: Contest,
  rivals: readonly Contestant[],
  provenance: Provenance,
): Points {
  const all = [...contestants, ...rivals]
  const measured = all.filter(({ windows }) => windows.length > 0)
  const failed = all.filter((contestant) => contestant.failed !== undefined)
  const isPoint = ({ plan, mode }: Contestant) => plan !== undefined && mode === undefined
  return {
    format: 'eclip.points/2',
    ...provenance,
    device: scenario.device.name,
    gpu: hello.device.name,
    versions: hello.versions,
    memsets: 'rehomed',
    points: measured
      .filter(isPoint)
      .map((contestant) => pointOf(scenario, contestant, contestant.plan!, soloRates)),
    rivals: measured
      .filter((contestant) => !isPoint(contestant))
      .map((rival) => ({
        ...totalsOf(rival, soloRates),
        workers: workersOf(scenario, rival, soloRates),
      })),
    failed: failed.map(({ name, failed: reason }) => ({ name, reason })),
  }
}

function pointOf(
  scenario: Scenario,
  contestant: Contestant,
  plan: Plan,
  soloRates: readonly number[],
): Point {
  const workers = workersOf(scenario, contestant, soloRates)
  return {
    ...totalsOf(contestant, soloRates),
    policy: plan.evidence.policy,
    parameters: plan.evidence.parameters,
    ...(plan.mechanism === 'mps' && { told: tellsOfWholeDevice() }),
    workers: workers.map((worker, i) => ({ ...worker, ...placesOf(scenario, plan, i) })),
  }
}

/**
 * Where a worker's kernels may run: on granules, or on a share of the compute units, wherever its process finds
 * them free.
 */
function placesOf(
  { device }: Scenario,
  plan: Plan,
  w: number,
): Pick<Point['workers'][number], 'groups' | 'share'> {
  const groups = groupsOnGranules(plan, plan.workers[w])
  const entry = plan.pool[plan.workers[w].groups[0].partition]
  if (!isShare(entry)) return { groups }
  const granules = wholeDevice(device)
  return { groups: groups.map((group) => ({ ...group, granules })), share: entry.cus }
}

function totalsOf(contestant: Contestant, soloRates: readonly number[]) {
  const summary = summarize(contestant, soloRates)
  return {
    name: contestant.name,
    mode: contestant.mode,
    predictedSpeedup: contestant.predictedSpeedup,
    weightedSpeedup: summary.weightedSpeedup.mean,
    spread: summary.weightedSpeedup.relative,
    powerW: summary.powerW?.mean ?? null,
    powerSpread: summary.powerW?.relative ?? null,
    windows: contestant.windows.length,
    seconds: sum(contestant.windows.map(({ seconds }) => seconds)),
  }
}

function workersOf(scenario: Scenario, contestant: Contestant, soloRates: readonly number[]) {
  const summary = summarize(contestant, soloRates)
  return scenario.workers.map(({ profile, load }, i) => ({
    model: profile.model,
    batch: profile.batch,
    soloRps: soloRates[i],
    rps: summary.workers[i].requestsPerSecond,
    p50Ms: finiteOrNull(summary.workers[i].p50Ms),
    p95Ms: finiteOrNull(summary.workers[i].p95Ms),
    p99Ms: finiteOrNull(summary.workers[i].p99Ms),
    ...(load.kind === 'poisson' && { load: { poisson: load.ratePerSecond } }),
  }))
}
