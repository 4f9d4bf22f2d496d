import { Command } from 'commander'
import { z } from 'zod'
import { readFile } from '../io/read.js'
import { describeDiff, diffPlans } from '../plan/diff.js'
import { explainServing } from '../plan/explain-serving.js'
import { planSchema } from '../plan/plan.js'
import { type ServingPlan, servingPlanSchema } from '../plan/serving-plan.js'
import { planText } from '../report/pages/plan/text.js'
import { type CommonOptions, print, tableStyle } from './command.js'

/** `eclip explain`: a plan in words. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('say in words what a plan does and why')
    .argument('<plan>', 'a plan file, of eclip plan or eclip size')
    .option('--json', 'print the plan as JSON')
    .action((file: string, options: CommonOptions) => {
      print(readFile(file, eitherPlan), options, (plan) =>
        plan.format === 'eclip.plan/1' ? planText(plan, tableStyle()) : servingText(plan),
      )
    })
}

const eitherPlan = z.discriminatedUnion('format', [planSchema, servingPlanSchema])

function servingText(plan: ServingPlan): string {
  return [`${plan.evidence.policy} plan for ${plan.device.name}`, ...explainServing(plan)].join(
    '\n',
  )
}

/** `eclip diff`: what two plans do differently. */
export function diffCommand(): Command {
  return new Command('diff')
    .description('say what two plans treat differently, kernel by kernel')
    .argument('<before>', 'a plan file')
    .argument('<after>', 'a plan file')
    .option('--json', 'print JSON')
    .action((before: string, after: string, options: CommonOptions) => {
      const difference = diffPlans(readFile(before, planSchema), readFile(after, planSchema))
      print(difference, options, describeDiff)
    })
}
