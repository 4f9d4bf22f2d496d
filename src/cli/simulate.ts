import { Command } from 'commander'
import { type Judged, judge } from '../evaluate/judge.js'
import { createEvaluatorPool } from '../evaluate/pool.js'
import { record } from '../evaluate/recording.js'
import { checkOutputs } from '../io/outputs.js'
import { readPlan } from '../io/plan.js'
import { writeFile } from '../io/write.js'
import { overallVerdict } from '../plan/judgement.js'
import type { Plan } from '../plan/plan.js'
import { simulationText } from '../report/pages/simulate/text.js'
import { chromeTrace, tracedRun } from '../report/trace/chrome-trace.js'
import type { SimulationOptions } from '../simulate/result.js'
import { isClosedLoop } from '../workload/load.js'
import { hasTargets, type Scenario } from '../workload/scenario.js'
import {
  type CommonOptions,
  note,
  noteStatus,
  print,
  startProgress,
  tableStyle,
  wholeNumber,
} from './command.js'
import { addJudgingOptions, exitByVerdict, type JudgingFlags } from './judging.js'
import { scenarioOf, WORKLOAD_HELP } from './scenario.js'

interface SimulateOptions extends CommonOptions, JudgingFlags {
  readonly plan: string
  readonly device?: string
  readonly seed: number
  readonly coarse?: boolean
  readonly trace?: string
}

/** `eclip simulate`: shows what an existing plan does to a workload. */
export function simulateCommand(): Command {
  const command = new Command('simulate')
    .description('simulate one plan of a workload')
    .argument('<workload>', WORKLOAD_HELP)
    .requiredOption('--plan <file>', 'the plan to run')
    .option('--device <name>', 'another device than the workload names')
    .option('--seed <n>', 'seed of the first run; each further one has the next', wholeNumber(0), 1)
    .option('--coarse', 'simulate coarsely: faster, rates a few percent off')
    .option('--trace <file>', 'write a Chrome trace of some requests (Perfetto opens it)')
    .option('--json', 'print JSON')
  return addJudgingOptions(command, '1, with open loads 3').action(runSimulate)
}

async function runSimulate(workload: string, options: SimulateOptions): Promise<void> {
  const scenario = scenarioOf(workload, options.device)
  const plan = readPlan(options.plan, scenario)
  checkOutputs({ '--trace': options.trace })
  const mode = options.coarse ? 'coarse' : 'exact'
  const progress = startProgress()
  progress.update('simulating')
  const judged = await judgedBy(scenario, plan, mode, options).finally(progress.done)
  const { judgement, metrics, lowest, highest } = judged
  const { policy } = plan.evidence
  if (options.trace) {
    const recording = record(scenario, plan, metrics, { mode, seed: options.seed })
    const trace = chromeTrace(scenario, [tracedRun(policy, plan, recording)])
    writeFile(options.trace, JSON.stringify(trace))
  }
  print({ policy, judgement, metrics, lowest, highest }, options, () =>
    simulationText(plan, judged, tableStyle()),
  )
  noteStatus(scenario.device)
  if (options.trace) note(`trace: ${options.trace}`)
  exitByVerdict(overallVerdict(judgement))
}

async function judgedBy(
  scenario: Scenario,
  plan: Plan,
  mode: SimulationOptions['mode'],
  { seed, seconds, runs }: SimulateOptions,
): Promise<Judged> {
  const evaluator = createEvaluatorPool(scenario)
  const enough = isClosedLoop(scenario) && !hasTargets(scenario) ? 1 : undefined
  const durationUs = seconds && seconds * 1e6
  try {
    return await judge(scenario, plan, evaluator, { mode, seed, durationUs, runs: runs ?? enough })
  } finally {
    await evaluator.close()
  }
}
