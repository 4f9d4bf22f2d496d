import { Command, InvalidArgumentError } from 'commander'
import { examine } from '../compare/compare.js'
import { BASELINE } from '../compare/outcome.js'
import { loadScenario } from '../io/scenario.js'
import { writeJson } from '../io/write.js'
import { policyNamed } from '../policy/index.js'
import { change, fixed } from '../report/format.js'
import { textTable } from '../report/table.js'
import type { BenchSettings, Contestant } from '../runtime/bench/contest.js'
import { pointsOf } from '../runtime/bench/points.js'
import { contestPolicies, type PlannedPolicy } from '../runtime/bench/policies.js'
import { checkPlan } from '../runtime/bench/requests.js'
import { contestRival, type Rival, rivalsFor } from '../runtime/bench/rivals.js'
import { type Summary, slowestWorker, summarize } from '../runtime/bench/summary.js'
import type { Scenario } from '../workload/scenario.js'
import {
  type CommonOptions,
  note,
  numberAbove,
  type Progress,
  print,
  startProgress,
  wholeNumber,
} from './command.js'
import { addPlanningOptions, type PlanningOptions, startPlanning } from './planning.js'

interface BenchOptions extends CommonOptions, PlanningOptions {
  readonly policy: readonly string[]
  readonly rivals: readonly string[] | 'all' | 'none'
  readonly device?: string
  readonly seconds: number
  readonly repeats: number
  readonly output?: string
}

/** Prediction window: as long as a report's, in µs of simulated time. */
const PREDICTION = { warmupUs: 100_000, durationUs: 1_000_000, mode: 'exact' } as const

export function benchCommand(): Command {
  const command = new Command('bench')
    .description('run policies side by side on this GPU, beside their predictions and rivals')
    .argument('<workload>', 'a workload file, or MODEL+MODEL@BATCH')
    .option('--policy <names>', `policies after ${BASELINE}`, names, ['equal', 'eclip', 'windows'])
    .option('--rivals <names>', 'all, none, or some of time-sliced, mps-N', rivalNames, 'all')
    .option('--device <name>', 'another device than the workload names')
    .option('--seconds <s>', 'length of each window', numberAbove(0), 2)
    .option('--repeats <n>', 'windows of each policy', wholeNumber(1), 3)
    .option('-o, --output <file>', 'write the measured points that eclip validate reads')
    .option('--json', 'print JSON')
  return addPlanningOptions(command).action(runBench)
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim())
}

function rivalNames(text: string): BenchOptions['rivals'] {
  if (text === 'all' || text === 'none') return text
  const known = /^(time-sliced|mps-([1-9]\d?|100))$/
  const wrong = names(text).find((name) => !known.test(name))
  if (wrong === undefined) return names(text)
  throw new InvalidArgumentError(`expected time-sliced or mps-1 to mps-100, found "${wrong}".`)
}

async function runBench(workload: string, options: BenchOptions): Promise<void> {
  const scenario = loadScenario(workload, options.device)
  const settings: BenchSettings = options
  const progress = startProgress()
  try {
    const planned = await planAll(scenario, options, progress)
    const update = (text: string) => progress.update(text)
    const { soloRates, contestants } = await contestPolicies(scenario, planned, settings, update)
    const all: Contestant[] = [...contestants]
    for (const rival of chosenRivals(scenario, options.rivals))
      all.push(await contestRival(scenario, rival, settings, update))
    progress.done()
    if (options.output) {
      const description = `eclip bench ${workload}: ${options.repeats} windows of ${options.seconds} s`
      writeJson(options.output, pointsOf(scenario, contestants, soloRates, description))
    }
    const summaries = all.map((contestant) => summarize(contestant, soloRates))
    const result = { workers: scenario.workers.map(({ name }) => name), soloRates, summaries }
    print(result, options, () => renderBench(scenario, soloRates, summaries))
  } finally {
    progress.done()
  }
  if (options.output) note(`points: ${options.output}`)
}

function chosenRivals({ workers }: Scenario, chosen: BenchOptions['rivals']): Rival[] {
  if (chosen === 'none') return []
  if (chosen === 'all') return rivalsFor(workers.length)
  return chosen.map((name) => {
    const share = /^mps-(\d+)$/.exec(name)
    return share === null ? { name } : { name, mpsPercent: Number(share[1]) }
  })
}

/** Plans with the baseline and every chosen policy, and simulates the plans. */
async function planAll(
  scenario: Scenario,
  options: BenchOptions,
  progress: Progress,
): Promise<PlannedPolicy[]> {
  const chosen = [...new Set([BASELINE, ...options.policy])].map((name) => policyNamed(name))
  const planning = startPlanning(scenario, options)
  const simulation = { ...PREDICTION, seed: options.seed }
  const examination = { simulation, timelineUs: 0, soloRates: planning.soloRates }
  try {
    const planned: PlannedPolicy[] = []
    for (const policy of chosen) {
      progress.update(`planning with ${policy.name}`)
      const plan = await policy.plan(scenario, planning.context)
      checkPlan(plan)
      planned.push({ plan, predicted: examine(scenario, plan, examination).metrics })
    }
    return planned
  } finally {
    await planning.close()
  }
}

function renderBench(
  scenario: Scenario,
  soloRates: readonly number[],
  summaries: readonly Summary[],
): string {
  const style = { colours: process.stdout.hasColors?.() ? 'ansi' : 'plain' } as const
  const [baseline] = summaries
  const slowest = slowestWorker(baseline)
  const name = scenario.workers[slowest].name
  const head = [
    'measured',
    'weighted\nspeedup',
    'spread',
    'predicted',
    'against\nbaseline',
    'power W',
    'work/J against\nbaseline',
    'lowest\nworker',
    `p95 ms of\n${name}`,
  ]
  const rows = summaries.map((summary) => [
    summary.name,
    fixed(summary.weightedSpeedup.mean, 3),
    `${fixed(100 * summary.weightedSpeedup.relative, 1)}%`,
    fixed(summary.predictedWeightedSpeedup ?? Number.NaN, 3),
    change(summary.weightedSpeedup.mean, baseline.weightedSpeedup.mean),
    fixed(summary.powerW?.mean ?? Number.NaN, 0),
    change(summary.workPerKilojoule ?? Number.NaN, baseline.workPerKilojoule ?? Number.NaN),
    fixed(summary.lowestWorker, 3),
    fixed(summary.workers[slowest].p95Ms, 2),
  ])
  const alone = scenario.workers.map(({ name: worker }, i) => `${worker} ${fixed(soloRates[i], 1)}`)
  return `${textTable(head, rows, style)}\nrequests/s alone: ${alone.join(', ')}`
}
