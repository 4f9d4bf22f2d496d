import { Command } from 'commander'
import { checkOutputs } from '../io/outputs.js'
import { writeJson } from '../io/write.js'
import { overallVerdict } from '../plan/judgement.js'
import { queueCaution } from '../plan/queues.js'
import { planWorkload } from '../plan-workload.js'
import { policies, policyNamed } from '../policy/registry.js'
import { planText } from '../report/pages/plan/text.js'
import { verdictText } from '../report/pages/plan/verdict.js'
import { guessCaution } from '../validate/guess-caution.js'
import {
  type CommonOptions,
  note,
  noteStatus,
  print,
  startProgress,
  tableStyle,
} from './command.js'
import { addJudgingOptions, exitByVerdict, type JudgingFlags } from './judging.js'
import {
  addPlanningOptions,
  type PlanningFlags,
  planningParameters,
  searchProgress,
} from './planning.js'
import { scenarioOf, WORKLOAD_HELP } from './scenario.js'

interface PlanOptions extends CommonOptions, PlanningFlags, JudgingFlags {
  readonly policy: string
  readonly device?: string
  readonly output?: string
}

/** `eclip plan`: makes a plan for a workload, judged by simulation. */
export function planCommand(): Command {
  const command = new Command('plan')
    .description('make a plan: which partition and priority each kernel of each worker gets')
    .argument('<workload>', WORKLOAD_HELP)
    .option('--policy <name>', `one of ${[...policies.keys()].join(', ')}`, 'windows')
    .option('--device <name>', 'another device than the workload names')
    .option('-o, --output <file>', 'write the plan to a file')
    .option('--json', 'print the plan as JSON')
  return addJudgingOptions(addPlanningOptions(command), '3').action(runPlan)
}

async function runPlan(workload: string, options: PlanOptions): Promise<void> {
  const policy = policyNamed(options.policy, '--policy')
  const scenario = scenarioOf(workload, options.device)
  checkOutputs({ '--output': options.output })
  const progress = startProgress()
  progress.update(`planning with ${policy.name}`)
  const { parameters, mode } = planningParameters(options)
  const { plan, judgement } = await planWorkload(scenario, {
    ...parameters,
    mode,
    policy,
    seconds: options.seconds,
    runs: options.runs,
    onSearch: searchProgress(scenario, options, progress),
    onJudging: () => progress.update('judging the plan with seeds that the search has not seen'),
  }).finally(progress.done)
  if (options.output) writeJson(options.output, plan)
  print(plan, options, () => planText(plan, tableStyle()))
  const verdict = overallVerdict(judgement)
  const text = verdictText(judgement)
  if (options.json && text) note(text)
  const caution = queueCaution(scenario.device, plan)
  if (caution) note(`note: ${caution}`)
  noteStatus(scenario.device)
  const guess = guessCaution(scenario)
  if (guess) note(`note: ${guess}`)
  if (options.output) note(`plan: ${options.output}`)
  exitByVerdict(verdict)
}
