import { Command } from 'commander'
import { compare } from '../evaluate/compare.js'
import { bestOf, type PolicyOutcome } from '../evaluate/outcome.js'
import { checkOutputs } from '../io/outputs.js'
import { writeFile } from '../io/write.js'
import { overallVerdict } from '../plan/judgement.js'
import { comparedPolicies, policies, policyNamed } from '../policy/registry.js'
import { conclusion } from '../report/pages/compare/conclusion.js'
import { compareReport } from '../report/pages/compare/page.js'
import { comparisonText } from '../report/pages/compare/text.js'
import { runsText } from '../report/pages/plan/workload-table.js'
import { chromeTrace, tracedRun } from '../report/trace/chrome-trace.js'
import type { Scenario } from '../workload/scenario.js'
import { type CommonOptions, names, note, print, startProgress, tableStyle } from './command.js'
import { addJudgingOptions, exitByVerdict, type JudgingFlags } from './judging.js'
import { addPlanningOptions, type PlanningFlags, startPlanning } from './planning.js'
import { scenarioOf, WORKLOAD_HELP } from './scenario.js'

export interface CompareOptions extends CommonOptions, PlanningFlags, JudgingFlags {
  readonly policy?: readonly string[]
  readonly device?: string
  readonly report?: string
  readonly trace?: string
}

/** `eclip compare`: policies side by side, by simulation. */
export function compareCommand(): Command {
  const command = new Command('compare')
    .description('plan a workload with several policies and simulate them side by side')
    .argument('<workload>', WORKLOAD_HELP)
    .option(
      '--policy <names>',
      `some of ${[...policies.keys()].join(', ')} (default: all that plan by themselves)`,
      names,
    )
    .option('--device <name>', 'another device than the workload names')
  return addCompareOptions(command).action(runCompare)
}

export function addCompareOptions(command: Command): Command {
  return addJudgingOptions(addPlanningOptions(command), '3')
    .option('--report <file>', 'write a self-contained HTML report')
    .option('--trace <file>', 'write a Chrome trace of some requests (Perfetto opens it)')
    .option('--json', 'print JSON')
}

export async function runCompare(workload: string, options: CompareOptions): Promise<void> {
  const named = options.policy?.map((name) => policyNamed(name, '--policy'))
  const scenario = scenarioOf(workload, options.device)
  const chosen = named ?? comparedPolicies(scenario.device)
  checkOutputs({ '--report': options.report, '--trace': options.trace })
  const progress = startProgress()
  const planning = startPlanning(scenario, options, progress)
  const { seconds, runs } = options
  const judging = { mode: 'exact', runs, durationUs: seconds && seconds * 1e6 } as const
  let outcomes: PolicyOutcome[]
  try {
    outcomes = await compare(scenario, chosen, planning, judging, (name) =>
      progress.update(`planning and simulating ${name}`),
    )
  } finally {
    progress.done()
    await planning.close()
  }
  writeOutputs(scenario, outcomes, options)
  print(toJson(scenario, outcomes), options, () => comparisonText(scenario, outcomes, tableStyle()))
  exitByVerdict(overallVerdict(bestOf(outcomes).judgement))
  if (options.report) note(`report: ${options.report}`)
  if (options.trace) note(`trace: ${options.trace}`)
}

function writeOutputs(
  scenario: Scenario,
  outcomes: readonly PolicyOutcome[],
  { report, trace, seed }: CompareOptions,
): void {
  if (report) {
    const settings = { seed: `${seed} for searches`, runs: runsText(outcomes[0].judgement) }
    writeFile(report, compareReport({ scenario, outcomes, settings }))
  }
  if (trace) {
    const recorded = outcomes.flatMap(({ policy, plan, recording }) =>
      recording ? [tracedRun(policy, plan, recording)] : [],
    )
    writeFile(trace, JSON.stringify(chromeTrace(scenario, recorded)))
  }
}

/** The comparison as data: the same bytes for the same input. */
function toJson(scenario: Scenario, outcomes: readonly PolicyOutcome[]): object {
  return {
    device: scenario.device.name,
    workers: scenario.workers.map(({ name }) => name),
    conclusion: conclusion(outcomes),
    policies: outcomes.map(({ policy, plan, metrics, lowest, highest }) => ({
      policy,
      metrics,
      lowest,
      highest,
      evidence: plan.evidence,
    })),
  }
}
