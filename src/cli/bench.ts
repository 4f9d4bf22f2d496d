import { Command, Option } from 'commander'
import { planContest } from '../bench/plan-contest.js'
import { type Provenance, pointsOf } from '../bench/points.js'
import type { PlannedPolicy } from '../bench/policies.js'
import { type Rival, rivalNamed, rivalsFor } from '../bench/rivals.js'
import { type Contenders, type Measured, runContest } from '../bench/run-contest.js'
import { summarize } from '../bench/summary.js'
import { isHost } from '../device/device.js'
import { InputError } from '../errors.js'
import { BASELINE } from '../evaluate/outcome.js'
import { isDemand } from '../io/demand.js'
import { checkOutputs } from '../io/outputs.js'
import { readPlan } from '../io/plan.js'
import { exitOnSignals } from '../io/signals.js'
import { writeJson } from '../io/write.js'
import type { Plan } from '../plan/plan.js'
import { policyNamed } from '../policy/registry.js'
import { type BenchResult, benchText } from '../report/pages/bench/text.js'
import { GRAPH_MODES, type GraphMode } from '../torch/protocol.js'
import { requireTorch } from '../torch/require-torch.js'
import { trustIn } from '../torch/trust.js'
import type { Trust } from '../torch/worker-process.js'
import type { Scenario } from '../workload/scenario.js'
import { benchDemand } from './bench-demand.js'
import {
  atMost,
  type CommonOptions,
  listOf,
  measuredNow,
  names,
  note,
  numberAbove,
  type Progress,
  print,
  startProgress,
  tableStyle,
  wholeNumber,
} from './command.js'
import { FAILED } from './exit-codes.js'
import { addPlanningOptions, type PlanningFlags, startPlanning } from './planning.js'
import { scenarioOf, WORKLOAD_HELP } from './scenario.js'

interface BenchOptions extends CommonOptions, PlanningFlags {
  readonly policy: readonly string[]
  readonly plan: readonly string[]
  readonly predictions: boolean
  readonly rivals: readonly string[] | 'all'
  readonly mode?: GraphMode
  readonly allowCode?: true
  readonly device?: string
  readonly seconds: number
  readonly repeats: number
  readonly rivalRepeats?: number
  readonly output?: string
  readonly load: number
  readonly loads?: readonly number[]
}

const MOST_LOAD = 1000
const LONGEST_WINDOW_S = 3600
const MOST_REPEATS = 1000

/** `eclip bench`: policies and rivals side by side on this GPU. */
export function benchCommand(): Command {
  const command = new Command('bench')
    .description('run policies side by side on this GPU, beside their predictions and rivals')
    .argument('<workload>', WORKLOAD_HELP)
    .option('--policy <names>', `policies after ${BASELINE}, or none`, policyNames, [
      'equal',
      'eclip',
      'windows',
    ])
    .option('--plan <files...>', 'plans made beforehand, to run as well', [])
    .option(
      '--rivals <names>',
      'all, none, or some of time-sliced, mps-N; of a demand also streams, mps-N-xINSTANCES',
      chosenRivals,
      'all',
    )
    .addOption(
      new Option(
        '--mode <name>',
        'how plans run: one graph re-homed, or graph segments on masked streams (default: as the GPU can)',
      ).choices(GRAPH_MODES),
    )
    .option('--allow-code', 'load models whose profiles name functions or files of their own')
    .option('--no-predictions', 'leave out what the simulator says of each plan')
    .option('--device <name>', 'another device than the workload names')
    .option(
      '--load <n>',
      'of a demand: multiple at which the search begins',
      atMost(MOST_LOAD, numberAbove(0)),
      1,
    )
    .addOption(
      new Option(
        '--loads <list>',
        'of a demand: measure every contender at these multiples, in place of searches',
      )
        .argParser(listOf(atMost(MOST_LOAD, numberAbove(0))))
        .conflicts('load'),
    )
    .option('--seconds <s>', 'length of each window', atMost(LONGEST_WINDOW_S, numberAbove(0)), 2)
    .option('--repeats <n>', 'windows of each policy', atMost(MOST_REPEATS, wholeNumber(1)), 3)
    .option(
      '--rival-repeats <n>',
      'windows of each rival and of plans of shares (default: --repeats)',
      atMost(MOST_REPEATS, wholeNumber(1)),
    )
    .option(
      '-o, --output <file>',
      'write the measured points that eclip validate reads; of a demand, after every load',
    )
    .option('--json', 'print JSON')
  return addPlanningOptions(command).action(runBench)
}

function policyNames(text: string): string[] {
  return text === 'none' ? [] : names(text)
}

function chosenRivals(text: string): BenchOptions['rivals'] {
  if (text === 'all') return text
  return text === 'none' ? [] : names(text)
}

function rivalCalled(name: string): Rival {
  const rival = rivalNamed(name)
  if (rival !== undefined) return rival
  const expected = 'time-sliced or mps-1 to mps-100'
  throw new InputError({ file: '--rivals', expected, found: `"${name}"` })
}

async function runBench(workload: string, options: BenchOptions): Promise<void> {
  if (isDemand(workload)) return benchDemand(workload, options)
  const scenario = scenarioOf(workload, options.device)
  const trust = trustIn(scenario.workers, options.allowCode)
  const given = options.plan.map((file) => readPlan(file, scenario))
  const rivals =
    options.rivals === 'all' ? rivalsFor(scenario.workers.length) : options.rivals.map(rivalCalled)
  checkOutputs({ '--output': options.output })
  requireTorch()
  const progress = startProgress()
  const undo = exitOnSignals()
  let measured: Measured
  try {
    const planned = await planAll(scenario, given, options, progress)
    const contenders = { policies: planned, rivals }
    measured = await measureAll(scenario, contenders, { workload, trust }, options, progress)
  } finally {
    progress.done()
    undo()
  }
  const { soloRates } = measured.contest
  const contestants = [...measured.contest.contestants, ...measured.rivals]
  const loads = scenario.workers.map(({ load }) => load)
  const summaries = contestants.map((contestant) => summarize(contestant, soloRates, loads))
  const workers = scenario.workers.map(({ name }) => name)
  const result: BenchResult = { workers, soloRates, summaries }
  print(result, options, () => benchText(result, tableStyle()))
  if (contestants.some(({ plan, failed }) => plan && failed !== undefined))
    process.exitCode = FAILED
  if (options.output) note(`points: ${options.output}`)
}

/** Plans with the baseline and every chosen policy, in addition to the plans that were given. */
async function planAll(
  scenario: Scenario,
  given: readonly Plan[],
  options: BenchOptions,
  progress: Progress,
): Promise<PlannedPolicy[]> {
  const chosen = [...new Set([BASELINE, ...options.policy])].map((name) =>
    policyNamed(name, '--policy'),
  )
  const planning = startPlanning(scenario, options, progress)
  try {
    return await planContest(scenario, chosen, given, {
      context: planning.context,
      soloRates: planning.evaluator.soloRates,
      predictions: options.predictions ? 'simulated' : 'left-out',
      progress: progress.update,
    })
  } finally {
    await planning.close()
  }
}

/** Every measurement is written at once, so that nothing that happens later can lose it. */
async function measureAll(
  scenario: Scenario,
  contenders: Contenders,
  { workload, trust }: { readonly workload: string; readonly trust: Trust },
  options: BenchOptions,
  progress: Progress,
): Promise<Measured> {
  const provenance: Provenance = {
    description: `eclip bench ${workload}: ${options.repeats} windows of ${options.seconds} s`,
    ...measuredNow(),
  }
  const save = ({ contest, rivals: ran }: Measured): void => {
    const points = pointsOf(scenario, contest, ran, provenance)
    if (options.output && points.points.length > 0) writeJson(options.output, points)
  }
  const listener = { progress: progress.update, measured: save }
  const onHost = isHost(scenario.device)
  if (onHost) note('note: a host has no partitions: whatever the plan, models run as they like')
  const measured = await runContest(scenario, contenders, options, listener, {
    trust,
    device: onHost ? 'cpu' : 'auto',
  })
  save(measured)
  return measured
}
