import { Command } from 'commander'
import { compare } from '../evaluate/compare.js'
import { bestOf, type PolicyOutcome } from '../evaluate/outcome.js'
import { checkOutputs } from '../io/outputs.js'
import { writeFile } from '../io/write.js'
import { overallVerdict, targetsOf } from '../plan/judgement.js'
import { comparedPolicies, policies, policyNamed } from '../policy/registry.js'
import {
  bestConclusion,
  conclusion,
  targetsConclusion,
} from '../report/pages/compare/conclusion.js'
import { trustText } from '../report/pages/compare/facts.js'
import { compareReport } from '../report/pages/compare/page.js'
import { glossary, policyTable, workerTable } from '../report/pages/compare/terminal.js'
import { runsText, workloadText } from '../report/pages/plan/workload-table.js'
import { chromeTrace, tracedRun } from '../report/trace/chrome-trace.js'
import { isClosedLoop } from '../workload/load.js'
import type { Scenario } from '../workload/scenario.js'
import { type CommonOptions, names, note, print, startProgress, tableStyle } from './command.js'
import { addJudgingOptions, exitByVerdict, type JudgingOptions } from './judging.js'
import { addPlanningOptions, type PlanningOptions, startPlanning } from './planning.js'
import { scenarioOf, WORKLOAD_HELP } from './scenario.js'

export interface CompareOptions extends CommonOptions, PlanningOptions, JudgingOptions {
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
  print(toJson(scenario, outcomes), options, () => toText(scenario, outcomes))
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
    const settings = { seed: `${seed} for searches`, simulated: runsText(outcomes[0].judgement) }
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

function toText(scenario: Scenario, outcomes: readonly PolicyOutcome[]): string {
  const style = tableStyle()
  const targets = targetsConclusion(outcomes)
  const { policy, plan, judgement } = bestOf(outcomes)
  const isAsked = !isClosedLoop(scenario) || targetsOf(judgement).length > 0
  return [
    ...(targets === undefined ? [] : [targets, '']),
    policyTable(outcomes, style),
    `${glossary(scenario.device, outcomes)}\n`,
    workerTable(outcomes, style),
    ...(isAsked
      ? [`${policy}, worker by worker`, `${workloadText(judgement, plan, style)}\n`]
      : []),
    bestConclusion(outcomes),
    trustText(scenario, outcomes),
  ].join('\n')
}
