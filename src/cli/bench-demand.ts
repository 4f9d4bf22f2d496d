import {
  ALL_RIVALS,
  type DemandRival,
  demandRivalsNamed,
  ownContender,
} from '../bench/demand/contenders.js'
import { contestDemand, type DemandContest } from '../bench/demand/contest.js'
import { type Measurement, MOST_LAG_MS } from '../bench/demand/measure.js'
import { isHost } from '../device/device.js'
import { InputError } from '../errors.js'
import { checkOutputs } from '../io/outputs.js'
import { readServingPlan } from '../io/plan.js'
import { exitOnSignals } from '../io/signals.js'
import { writeJson } from '../io/write.js'
import { fixed, percent } from '../report/kit/format.js'
import { textTable } from '../report/kit/text-table.js'
import { withForkServer } from '../torch/fork-server.js'
import { modelRequest } from '../torch/model-request.js'
import { requireTorch } from '../torch/require-torch.js'
import { trustIn } from '../torch/trust.js'
import { measuredNow, note, print, startProgress, tableStyle } from './command.js'
import { FAILED } from './exit-codes.js'
import { demandOf } from './scenario.js'

export interface DemandBenchOptions {
  readonly json?: boolean
  readonly plan: readonly string[]
  readonly rivals: readonly string[] | 'all'
  readonly allowCode?: true
  readonly device?: string
  readonly seconds: number
  readonly repeats: number
  readonly seed: number
  readonly load: number
  readonly loads?: readonly number[]
  readonly output?: string
}

/** Arrivals before this time do not count, because the queues are still filling. */
const WARMUP_S = 0.4

/** Measures how much of a demand each contender carries on this GPU. */
export async function benchDemand(file: string, options: DemandBenchOptions): Promise<void> {
  const demand = demandOf(file, options.device)
  const ours = options.plan.map((planFile) => {
    const name = planFile.replace(/^.*\//, '').replace(/\.json$/, '')
    return ownContender(demand, name, readServingPlan(planFile, demand))
  })
  const trust = trustIn(
    demand.models.flatMap(({ name, profiles }) => profiles.map((profile) => ({ name, profile }))),
    options.allowCode,
  )
  const rivals = options.rivals === 'all' ? ALL_RIVALS : options.rivals.flatMap(rivalsCalled)
  checkOutputs({ '--output': options.output })
  requireTorch()
  const progress = startProgress()
  const undo = exitOnSignals()
  const save = (contest: DemandContest): void => {
    if (!options.output) return
    const provenance = { ...measuredNow(), demand: file }
    writeJson(options.output, { format: 'eclip.goodput/1', ...provenance, ...contest })
  }
  const settings = {
    span: { warmupS: WARMUP_S, seconds: options.seconds },
    seeds: Array.from({ length: options.repeats }, (_, i) => options.seed + i),
    guess: options.load,
    loads: options.loads,
    rivals,
  }
  const listener = { progress: progress.update, measured: save }
  const device = isHost(demand.device) ? 'cpu' : 'cuda'
  const models = demand.models.map(({ profiles }) => modelRequest(profiles[0]).model)
  let contest: DemandContest
  try {
    contest = await withForkServer(models, (forkServer) =>
      contestDemand(demand, ours, settings, listener, { trust, device, forkServer }),
    )
    save(contest)
  } finally {
    progress.done()
    undo()
  }
  print(contest, options, renderContest)
  const failed = contest.results.filter((result) => result.failed !== undefined)
  const isOurs = ({ name }: { readonly name: string }) => ours.some((own) => own.name === name)
  if (failed.length === contest.results.length || failed.some(isOurs)) process.exitCode = FAILED
  if (options.output) note(`measured: ${options.output}`)
}

function rivalsCalled(name: string): readonly DemandRival[] {
  const rivals = demandRivalsNamed(name)
  if (rivals.length > 0) return rivals
  const expected = 'of a demand: streams, time-sliced, mps-40 or mps-40-x2'
  throw new InputError({ file: '--rivals', expected, found: `"${name}"` })
}

/** One row for each contender: what it carried, and reasons why that may mean little. */
export function renderContest({ results }: DemandContest): string {
  const head = ['contender', 'goodput\n99%', 'goodput\n95%', 'loads', 'power W', 'note']
  const rows = results.map(({ name, goodput, goodput95, measurements, failed }) => [
    name,
    fixed(measurements.length > 0 ? goodput : Number.NaN, 3),
    fixed(measurements.length > 0 ? goodput95 : Number.NaN, 3),
    measurements
      .map(({ load, models }) => {
        const least = Math.min(...models.map(({ inTime, offered }) => inTime / offered))
        return `${fixed(load, 2)}:${percent(least)}`
      })
      .join(' '),
    fixed(measurements.at(-1)?.powerW ?? Number.NaN, 0),
    failed ?? heldUp(measurements),
  ])
  return textTable(head, rows, tableStyle())
}

/** Reports windows in which requests were sent so late that they measured the host, even after repeats. */
function heldUp(measurements: readonly Measurement[]): string {
  const late = measurements.filter(({ senderLagMs }) => senderLagMs > MOST_LAG_MS)
  if (late.length === 0) return ''
  const most = Math.max(...late.map(({ senderLagMs }) => senderLagMs))
  const windows = `${late.length} of ${measurements.length} windows`
  return `a busy host: in ${windows} requests left up to ${fixed(most, 1)} ms late (p99)`
}
