import { Command } from 'commander'
import { totalCus } from '../device/device.js'
import { checkOutputs } from '../io/outputs.js'
import { writeJson } from '../io/write.js'
import { fixed, percent } from '../report/kit/format.js'
import { textTable } from '../report/kit/text-table.js'
import { type Sizing, sizeDemand } from '../size/size-demand.js'
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
import { demandOf } from './scenario.js'

interface SizeOptions extends CommonOptions {
  readonly device?: string
  readonly seed: number
  readonly states: number
  readonly output?: string
}

/** The demand does not fit: documented in --help. */
const DOES_NOT_FIT = 3

const MOST_STATES = 1_000_000

const HELP = `
A demand is a file (docs/workload.md) or written out: MODEL/SAMPLES:RATE@TARGET+…, the target in
multiples of the latency alone (5x) or in ms.

Exit code 3: the demand does not fit within its targets.`

/** `eclip size`: the plan that carries most of a demand within its targets. */
export function sizeCommand(): Command {
  return new Command('size')
    .description('find the instances, shares and batches that carry most of a demand in time')
    .argument('<demand>', 'a demand file, or MODEL/SAMPLES:RATE@TARGET+…')
    .option('--device <name>', 'another device than the demand names')
    .option(
      '--states <n>',
      'sets of running launches that may be simulated',
      atMost(MOST_STATES, wholeNumber(1)),
      1500,
    )
    .option('--seed <n>', 'seed of arrivals', wholeNumber(0), 1)
    .option('-o, --output <file>', 'write the plan, for eclip bench and eclip serve')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(runSize)
}

async function runSize(file: string, options: SizeOptions): Promise<void> {
  const demand = demandOf(file, options.device)
  checkOutputs({ '--output': options.output })
  const progress = startProgress()
  try {
    const sizing = await sizeDemand(demand, {
      seed: options.seed,
      mostStates: options.states,
      onProgress: (text) => progress.update(text),
    })
    progress.done()
    if (options.output) writeJson(options.output, sizing.plan)
    print(sizing, options, () => toText(demand, sizing))
    if (sizing.goodput < 1) process.exitCode = DOES_NOT_FIT
  } finally {
    progress.done()
  }
  if (options.output) note(`plan: ${options.output}`)
}

function toText(demand: Demand, { plan, goodput, firstToMiss, models, check }: Sizing): string {
  const head = [
    'model',
    'asked/s',
    'instances',
    'share',
    'batches',
    'delay ms',
    'p50 ms',
    'p99 ms',
    'target ms',
    'in time',
  ]
  const cus = totalCus(demand.device)
  const rows = plan.models.map((model, m) => [
    model.name,
    fixed(demand.models[m].ratePerSecond, 1),
    `${model.instances}`,
    percent(model.share / cus),
    model.batches.join(' '),
    fixed(model.maxDelayMs, 1),
    fixed(models[m].p50Ms, 2),
    fixed(models[m].p99Ms, 2),
    fixed(model.targetMs, 2),
    `${fixed(100 * models[m].attainment, 1)}%`,
  ])
  const fits =
    goodput >= 1
      ? `The demand fits ${fixed(goodput)} times over: headroom ${percent(goodput - 1)}.`
      : `The demand does not fit: ${percent(goodput)} of it can be carried in time.`
  const first = `${firstToMiss} is the first to miss its target. Simulated.`
  const table = textTable(head, rows, tableStyle())
  const worst = Math.min(...check.attainment)
  const kernels =
    `Kernel by kernel, ${fixed(check.load)} times the demand: ${fixed(100 * worst, 1)}% in time or more, ` +
    `${fixed(check.powerW, 0)} W, ${fixed(check.joulesPerRequest, 3)} J a request.`
  return `${fits} ${first}\n\n${table}at the demand, at most ${plan.concurrency} launches at once, by ${plan.mechanism}\n${kernels}`
}
