import {
  ALL_RIVALS,
  type DemandRival,
  demandRivalsNamed,
  ownContender,
} from '../bench/demand/contenders.js'
import { contestDemand, type DemandContest } from '../bench/demand/contest.js'
import { isHost } from '../device/device.js'
import { InputError } from '../errors.js'
import { checkOutputs } from '../io/outputs.js'
import { readServingPlan } from '../io/plan.js'
import { exitOnSignals } from '../io/signals.js'
import { writeJson } from '../io/write.js'
import { goodputTable } from '../report/pages/bench/goodput.js'
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
/** On an H200, medians of the first seconds after a start were some 80 µs longer than later ones. */
const SETTLE_S = 2

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
    settleS: SETTLE_S,
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
  print(contest, options, () => goodputTable(contest, tableStyle()))
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
