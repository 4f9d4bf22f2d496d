import { Command } from 'commander'
import { compare } from '../evaluate/compare.js'
import type { PolicyOutcome } from '../evaluate/outcome.js'
import { REPORT_WARMUP_US, TIMELINE_US } from '../evaluate/simulation-windows.js'
import { checkOutputs } from '../io/outputs.js'
import { writeFile } from '../io/write.js'
import type { Plan } from '../plan/plan.js'
import { policies, policyNamed } from '../policy/index.js'
import { conclusion } from '../report/pages/compare/conclusion.js'
import { compareReport } from '../report/pages/compare/page.js'
import { policyTable, workerTable } from '../report/pages/compare/terminal.js'
import { chromeTrace } from '../report/trace/chrome-trace.js'
import type { Scenario } from '../workload/scenario.js'
import {
  type CommonOptions,
  note,
  numberAbove,
  print,
  startProgress,
  tableStyle,
} from './command.js'
import { addPlanningOptions, type PlanningOptions, startPlanning } from './planning.js'
import { scenarioOf, WORKLOAD_HELP } from './scenario.js'

export interface CompareOptions extends CommonOptions, PlanningOptions {
  readonly policy?: string
  readonly device?: string
  readonly seconds: number
  readonly report?: string
  readonly trace?: string
}

export function compareCommand(): Command {
  const command = new Command('compare')
    .description('plan a workload with several policies and simulate them side by side')
    .argument('<workload>', WORKLOAD_HELP)
    .option('--policy <names>', 'policies to compare, separated by commas (default: all)')
    .option('--device <name>', 'another device than the workload names')
  return addCompareOptions(command).action(runCompare)
}

export function addCompareOptions(command: Command): Command {
  return addPlanningOptions(command)
    .option('--seconds <s>', 'simulated time that is measured', numberAbove(0), 1)
    .option('--report <file>', 'write a self-contained HTML report')
    .option('--trace <file>', 'write a Chrome trace of the first milliseconds (Perfetto opens it)')
    .option('--json', 'print JSON')
}

export async function runCompare(workload: string, options: CompareOptions): Promise<void> {
  const names = options.policy?.split(',').map((name) => name.trim()) ?? [...policies.keys()]
  const chosen = names.map((name) => policyNamed(name, '--policy'))
  const scenario = scenarioOf(workload, options.device)
  checkOutputs({ '--report': options.report, '--trace': options.trace })
  const progress = startProgress()
  const planning = startPlanning(scenario, options, progress)
  try {
    const simulation = {
      seed: options.seed,
      warmupUs: REPORT_WARMUP_US,
      durationUs: options.seconds * 1e6,
      mode: 'exact',
    } as const
    const outcomes = await compare(
      scenario,
      chosen,
      planning.context,
      { simulation, timelineUs: TIMELINE_US, soloRates: planning.soloRates },
      (name) => progress.update(`planning and simulating ${name}`),
    )
    progress.done()
    writeOutputs(scenario, outcomes, options)
    print(toJson(scenario, outcomes), options, () => toText(outcomes))
  } finally {
    progress.done()
    await planning.close()
  }
  if (options.report) note(`report: ${options.report}`)
  if (options.trace) note(`trace: ${options.trace}`)
}

function writeOutputs(
  scenario: Scenario,
  outcomes: readonly PolicyOutcome[],
  { report, trace, seed, seconds }: CompareOptions,
): void {
  if (report) {
    const settings = { seed: `${seed}`, 'simulated time': `${seconds} s` }
    writeFile(report, compareReport({ scenario, outcomes, settings }))
  }
  if (trace) {
    const runs = outcomes.map(({ policy, timeline = [] }) => ({ policy, spans: timeline }))
    writeFile(trace, JSON.stringify(chromeTrace(scenario, runs)))
  }
}

/** The comparison as data: the same bytes for the same input, so without clock times. */
function toJson(scenario: Scenario, outcomes: readonly PolicyOutcome[]): object {
  return {
    device: scenario.device.name,
    workers: scenario.workers.map(({ name }) => name),
    conclusion: conclusion(outcomes),
    policies: outcomes.map(({ policy, plan, metrics }) => ({
      policy,
      metrics,
      evidence: withoutClock(plan.evidence),
    })),
  }
}

function withoutClock(evidence: Plan['evidence']): Plan['evidence'] {
  if (!evidence.solver) return evidence
  const { milliseconds: _, ...solver } = evidence.solver
  return { ...evidence, solver }
}

function toText(outcomes: readonly PolicyOutcome[]): string {
  const style = tableStyle()
  return [policyTable(outcomes, style), workerTable(outcomes, style), conclusion(outcomes)].join(
    '\n',
  )
}
