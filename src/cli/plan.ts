import { Command } from 'commander'
import { checkOutputs } from '../io/outputs.js'
import { writeJson } from '../io/write.js'
import { explainPlan } from '../plan/explain.js'
import { queueCaution } from '../plan/queues.js'
import { policyNamed } from '../policy/index.js'
import { type CommonOptions, note, print, startProgress } from './command.js'
import { addPlanningOptions, type PlanningOptions, startPlanning } from './planning.js'
import { scenarioOf, WORKLOAD_HELP } from './scenario.js'

interface PlanOptions extends CommonOptions, PlanningOptions {
  readonly policy: string
  readonly device?: string
  readonly output?: string
}

export function planCommand(): Command {
  const command = new Command('plan')
    .description('make a plan: which partition and priority each kernel of each worker gets')
    .argument('<workload>', WORKLOAD_HELP)
    .option('--policy <name>', 'policy that makes the plan', 'windows')
    .option('--device <name>', 'another device than the workload names')
    .option('-o, --output <file>', 'write the plan to a file')
    .option('--json', 'print the plan as JSON')
  return addPlanningOptions(command).action(runPlan)
}

async function runPlan(workload: string, options: PlanOptions): Promise<void> {
  const policy = policyNamed(options.policy, '--policy')
  const scenario = scenarioOf(workload, options.device)
  checkOutputs({ '--output': options.output })
  const progress = startProgress()
  const planning = startPlanning(scenario, options, progress)
  try {
    progress.update(`planning with ${policy.name}`)
    const plan = await policy.plan(scenario, planning.context)
    progress.done()
    if (options.output) writeJson(options.output, plan)
    print(plan, options, explainPlan)
    const caution = queueCaution(scenario.device, plan)
    if (caution) note(`note: ${caution}`)
  } finally {
    progress.done()
    await planning.close()
  }
  if (options.output) note(`plan: ${options.output}`)
}
