import { Command } from 'commander'
import { withAddedModels } from '../io/demand.js'
import { checkOutputs } from '../io/outputs.js'
import { writeFile, writeJson } from '../io/write.js'
import { MOST_STATES } from '../quantities.js'
import { sizeReport } from '../report/pages/size/page.js'
import type { SizeResult } from '../report/pages/size/result.js'
import { sizeCaution } from '../report/pages/size/sentences.js'
import { sizeText } from '../report/pages/size/text.js'
import { additionOf } from '../size/addition.js'
import {
  FEW_MODELS,
  LEAST_STATES,
  LEAST_STATES_OF_FEW,
  type Sizing,
  STATES_PER_MODEL,
  sizeDemand,
} from '../size/size-demand.js'
import type { Demand } from '../workload/demand.js'
import {
  atMost,
  type CommonOptions,
  note,
  print,
  startProgress,
  tableStyle,
  wholeNumber,
} from './command.js'
import { NOT_KEPT } from './exit-codes.js'
import { demandOf } from './scenario.js'

interface SizeOptions extends CommonOptions {
  readonly device?: string
  readonly add?: string
  readonly seed: number
  readonly states?: number
  readonly output?: string
  readonly report?: string
}

const HELP = `
A demand is a file (docs/size.md) or written out: MODEL/SAMPLES:RATE@TARGET+…, the target in
multiples of the latency alone (5x) or in ms.

With --add, the demand is sized without and with further models; plan, page and exit code are those
with them.

Exit code 3: the plan does not carry all of the demand within its targets.`

/** `eclip size`: finds the plan that carries the most of a demand within its targets. */
export function sizeCommand(): Command {
  return new Command('size')
    .description('find the instances, shares and batches that carry most of a demand in time')
    .argument('<demand>', 'a demand file, or MODEL/SAMPLES:RATE@TARGET+…')
    .option('--device <name>', 'another device than the demand names')
    .option('--add <model>', 'say what a further MODEL/SAMPLES:RATE@TARGET costs the others')
    .option(
      '--states <n>',
      `sets of running launches that may be simulated (default: ${STATES_PER_MODEL} a model, at least ${LEAST_STATES}, or ${LEAST_STATES_OF_FEW} for up to ${FEW_MODELS} models)`,
      atMost(MOST_STATES, wholeNumber(1)),
    )
    .option('--seed <n>', 'seed of arrivals', wholeNumber(0), 1)
    .option('-o, --output <file>', 'write the plan, for eclip bench and eclip serve')
    .option('--report <file>', 'write a page with p95 and requests in time against load')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(runSize)
}

async function runSize(file: string, options: SizeOptions): Promise<void> {
  const { output, report } = options
  const asked = demandOf(file, options.device)
  const demand = options.add === undefined ? asked : withAddedModels(asked, options.add, '--add')
  checkOutputs({ '--output': output, '--report': report })
  const before = demand === asked ? undefined : await sized(asked, options)
  const sizing = await sized(demand, options)
  const addition = before && additionOf(before, sizing)
  const result: SizeResult = { demand, sizing, addition }
  if (output !== undefined) {
    writeJson(output, sizing.plan)
    note(`plan: ${output}`)
  }
  if (report !== undefined) {
    writeFile(report, sizeReport(result))
    note(`report: ${report}`)
  }
  print({ ...sizing, addition }, options, () => sizeText(result, tableStyle()))
  const caution = sizeCaution(result)
  if (caution !== undefined) note(`note: ${caution}`)
  if (sizing.goodput < 1) process.exitCode = NOT_KEPT
}

function sized(demand: Demand, { seed, states }: SizeOptions): Promise<Sizing> {
  const progress = startProgress()
  const options = { seed, mostStates: states, onProgress: progress.update }
  return sizeDemand(demand, options).finally(progress.done)
}
