import { Command, Option } from 'commander'
import { describe, InputError } from '../errors.js'
import { loadDevice } from '../io/library.js'
import { checkOutputs } from '../io/outputs.js'
import { writeFile, writeJson } from '../io/write.js'
import { distinctLayouts, maximalLayouts } from '../mig/enumerate.js'
import type { Effort } from '../mig/evaluate.js'
import { partitionCommands } from '../mig/export/commands.js'
import { migPartedYaml } from '../mig/export/mig-parted.js'
import { streamPoolFile } from '../mig/export/stream-pool.js'
import { hasMig, type PartitionableGpu, standardProfiles } from '../mig/gpu.js'
import { gpuNamed, gpus } from '../mig/gpus/registry.js'
import {
  carriedAsPrinted,
  gpusNeeded,
  type Needed,
  type SizedPlan,
  sizedPlan,
} from '../mig/gpus-needed.js'
import {
  assumptionsJson,
  checkJson,
  layoutJson,
  neededJson,
  planJson,
  problemJson,
  studyJson,
} from '../mig/json.js'
import { notablePairs } from '../mig/notable.js'
import { partitionerNamed, partitioners } from '../mig/partitioners/registry.js'
import { checkExactly, type ExactCheck, runStudy } from '../mig/study.js'
import type { Registry } from '../registry.js'
import { migReport } from '../report/pages/mig/page.js'
import { layoutPicture } from '../report/pages/mig/picture.js'
import {
  carriedText,
  detailText,
  exactText,
  layoutsText,
  neededText,
  pairsText,
  planText,
  printedLines,
  printedText,
  problemText,
} from '../report/pages/mig/text.js'
import type { Capacity } from '../schedule/capacity.js'
import { schedulerNamed, schedulers } from '../schedule/registry.js'
import {
  atMost,
  type CommonOptions,
  note,
  numberAbove,
  numberFrom,
  print,
  startProgress,
  tableStyle,
  wholeNumber,
} from './command.js'
import { addMigOptions, loadMigCase, type MigCase, type MigOptions } from './mig-problem.js'

interface EffortOptions {
  readonly requests?: number
  readonly replications: number
  readonly seed: number
  readonly elsaAlpha: number
  readonly elsaBeta: number
  readonly estimateNoise: number
}

interface PlanOptions extends MigOptions, EffortOptions, CommonOptions {
  readonly rate?: number
  readonly exactCheck?: boolean
  readonly migParted?: string
  readonly label: string
  readonly pool?: string
  readonly svg?: string
}

interface SimulateOptions extends MigOptions, EffortOptions, CommonOptions {
  readonly rate?: number
  readonly partitioner?: string
  readonly scheduler?: string
  readonly exactCheck?: boolean
  readonly report?: string
}

/** `eclip mig`: hardware partitions, PARIS and ELSA. */
export function migCommand(): Command {
  return new Command('mig')
    .description('unequal hardware partitions (PARIS) and a scheduler that fills them (ELSA)')
    .addCommand(layoutsCommand())
    .addCommand(planCommand())
    .addCommand(simulateCommand())
}

function layoutsCommand(): Command {
  return new Command('layouts')
    .description('list the profiles and every legal layout of a GPU')
    .argument('[gpu]', `one of ${[...gpus.keys()].join(', ')}`, 'h200')
    .option('--json', 'print JSON')
    .action((name: string, options: CommonOptions) => {
      const gpu = gpuNamed(name, 'gpu')
      const layouts = maximalLayouts(gpu, standardProfiles(gpu))
      const distinct = distinctLayouts(layouts).length
      const value = { ...gpu, layouts: layouts.map(layoutJson), distinct }
      print(value, options, () => layoutsText(gpu, layouts, distinct, tableStyle()))
    })
}

function planCommand(): Command {
  const command = new Command('plan')
    .description('partition GPUs for a model with PARIS')
    .addOption(
      new Option('--rate <r>', 'partition as many GPUs as this many requests/s need')
        .argParser(numberAbove(0))
        .conflicts('gpus'),
    )
    .option('--exact-check', 'compare with every legal layout by simulation (1 or 2 GPUs)')
    .option('--mig-parted <file>', "write the layout for NVIDIA's mig-parted")
    .option('--label <name>', 'label of the configuration in that file', 'eclip')
    .option('--pool <file>', 'write the layout as an eclip stream pool, for GPUs without MIG')
    .option('--svg <file>', 'write a picture of the layout')
  return addEffortOptions(addMigOptions(command)).action(runPlan)
}

function simulateCommand(): Command {
  const command = new Command('simulate')
    .description('compare partitioners and schedulers by simulation')
    .option('--rate <r>', 'compare tails at this many requests/s', numberAbove(0))
    .option('--partitioner <names>', `some of ${[...partitioners.keys()].join(', ')}`)
    .option('--scheduler <names>', `some of ${[...schedulers.keys()].join(', ')}`)
    .option('--no-exact-check', 'do not compare PARIS with every legal layout on 1 or 2 GPUs')
    .option('--report <file>', 'write a self-contained HTML report')
  return addEffortOptions(addMigOptions(command)).action(runSimulate)
}

function addEffortOptions(command: Command): Command {
  return command
    .option(
      '--requests <n>',
      'requests per replication (default: 8000 and 2000 per GPU)',
      wholeNumber(200),
    )
    .option('--replications <n>', 'replications, for the confidence interval', wholeNumber(1), 4)
    .option('--elsa-alpha <a>', "ELSA's weight of estimated completion times", numberAbove(0), 1)
    .option('--elsa-beta <b>', "ELSA's weight of a request's own time", numberFrom(0), 1)
    .option(
      '--estimate-noise <s>',
      'standard deviation of what launches take, as a share of the estimate',
      atMost(MOST_NOISE, numberFrom(0)),
      0,
    )
    .option('--json', 'print JSON')
}

/** Requests that are kept in memory to be run again and again: 240 MB of them. */
const MOST_REQUESTS = 2e7

/** Estimates that are off by more than this say nothing. */
const MOST_NOISE = 10

function effortOf(options: EffortOptions, gpus: number): Effort {
  const { replications, seed, estimateNoise } = options
  const requests = options.requests ?? 8000 + 2000 * gpus
  if (requests * replications > MOST_REQUESTS) {
    const expected = `at most ${MOST_REQUESTS} over all replications`
    const found = `${requests} in each of ${replications}`
    throw new InputError({ file: '--requests', path: '', expected, found })
  }
  const elsa = { alpha: options.elsaAlpha, beta: options.elsaBeta }
  return { requests, replications, tolerance: 0.005, seed, elsa, estimateNoise }
}

/** A plan, and what it is compared with. */
interface ComparedPlan {
  /** Where a rate was asked for. */
  readonly needed?: Needed | undefined
  readonly sized: SizedPlan
  /** What PARIS as printed carries. */
  readonly printed: Capacity
  readonly exact?: ExactCheck | undefined
}

async function comparedPlan(
  { problem: asked, streams }: MigCase,
  { rate, exactCheck }: PlanOptions,
  effort: Effort,
  onProgress: (text: string) => void,
): Promise<ComparedPlan> {
  onProgress('PARIS')
  const needed =
    rate === undefined ? undefined : await gpusNeeded(rate, asked, effort, streams, onProgress)
  const sized = needed?.sized ?? (await sizedPlan(asked, effort, streams))
  const { problem, plan } = sized
  const exact =
    exactCheck && isCheckable(problem.gpus)
      ? checkExactly(plan, problem, effort, streams, onProgress)
      : undefined
  return { needed, sized, printed: carriedAsPrinted(sized, effort, streams), exact }
}

async function runPlan(options: PlanOptions): Promise<void> {
  const asked = loadMigCase(options)
  const { gpu, gpus } = asked.problem
  checkExports(gpu, options)
  if (options.exactCheck) checkIsCheckable(gpus)
  const effort = effortOf(options, gpus)
  const progress = startProgress()
  const { needed, sized, printed, exact } = await comparedPlan(
    asked,
    options,
    effort,
    progress.update,
  ).finally(progress.done)
  const { problem, plan, carried } = sized
  if (options.exactCheck && !exact) note(`note: no exact check of ${problem.gpus} GPUs`)
  if (asked.caution !== undefined) note(`note: ${asked.caution}`)
  writePlanFiles(sized, options)
  const commands = partitionCommands(problem.gpu, plan.partitioning.layouts ?? [])
  const value = {
    ...problemJson(problem),
    ...assumptionsJson(effort),
    ...planJson(plan),
    throughputPerS: carried.ratePerS,
    printedThroughputPerS: printed.ratePerS,
    commands,
    ...(exact && { exactCheck: checkJson(exact) }),
    ...(needed && { needed: neededJson(needed) }),
  }
  print(value, options, () =>
    [
      problemText(problem, effort),
      '',
      planText(problem.gpu, plan, tableStyle()),
      '',
      carriedText(carried),
      printedText(printed),
      ...(exact ? [exactText(exact)] : []),
      ...(needed ? [neededText(needed)] : []),
      '',
      ...commands,
    ].join('\n'),
  )
}

async function runSimulate(options: SimulateOptions): Promise<void> {
  const { problem, streams, caution } = loadMigCase(options)
  checkOutputs({ '--report': options.report })
  const effort = effortOf(options, problem.gpus)
  const progress = startProgress()
  const study = await runStudy({
    problem,
    partitioners: chosen(options.partitioner, partitioners, partitionerNamed, '--partitioner'),
    schedulers: chosen(options.scheduler, schedulers, schedulerNamed, '--scheduler'),
    effort,
    streams,
    exactCheck: options.exactCheck && isCheckable(problem.gpus) ? 'run' : 'skip',
    onProgress: progress.update,
    onPair: (pair, done, of) => progress.count('pair', done, of, pair),
    ...(options.rate !== undefined && { ratePerS: options.rate }),
  }).finally(progress.done)
  if (caution !== undefined) note(`note: ${caution}`)
  if (options.report !== undefined) {
    writeFile(options.report, migReport(problem, study, settingsOf(options)))
    note(`report: ${options.report}`)
  }
  const style = tableStyle()
  const value = { ...problemJson(problem), ...assumptionsJson(effort), ...studyJson(study) }
  print(value, options, () =>
    [
      problemText(problem, effort),
      '',
      planText(problem.gpu, study.plan, style),
      '',
      'requests/s within the target, by partitioner and scheduler',
      pairsText(study, style),
      detailText(notablePairs(study), study.comparedAtPerS, style),
      study.verdict.text,
      ...printedLines(study),
      ...study.without.map(({ name, reason }) => `${name} found no layout: ${reason}`),
      ...(study.exact ? [exactText(study.exact)] : []),
    ].join('\n'),
  )
}

/** The settings a reader of the report needs to get it again. */
function settingsOf({ seed, elsaAlpha, elsaBeta, estimateNoise }: SimulateOptions) {
  return {
    seed: `${seed}`,
    'alpha and beta of ELSA': `${elsaAlpha} and ${elsaBeta}`,
    'noise of estimates': `${estimateNoise}`,
  }
}

/** What a comma-separated list names; everything there is if there is no list. */
function chosen<T>(
  list: string | undefined,
  all: Registry<T>,
  named: (name: string, flag: string) => T,
  flag: string,
): T[] {
  if (list === undefined) return [...all.values()]
  return list.split(',').map((name) => named(name.trim(), flag))
}

/** Refuses outputs that the GPU cannot have, before anything is computed. */
function checkExports(gpu: PartitionableGpu, options: PlanOptions): void {
  const { migParted, label, pool, svg } = options
  checkOutputs({ '--mig-parted': migParted, '--pool': pool, '--svg': svg })
  if (!/^[\w.-]+$/.test(label)) {
    const expected = 'letters, digits, dots, dashes and underscores'
    throw new InputError({ file: '--label', path: '', expected, found: describe(label) })
  }
  if (migParted !== undefined && !hasMig(gpu)) {
    const expected = 'a GPU with MIG'
    throw new InputError({ file: '--mig-parted', path: '', expected, found: gpu.name })
  }
  if (pool !== undefined) loadDevice(gpu.name, '--pool', 'GPU')
}

/** The exact check tries every set of layouts: 14 for one GPU, 105 for two, 560 for three. */
function isCheckable(gpus: number): boolean {
  return gpus <= 2
}

function checkIsCheckable(gpus: number): void {
  if (isCheckable(gpus)) return
  throw new InputError({
    file: '--exact-check',
    path: '',
    expected: 'at most 2 GPUs',
    found: `${gpus}`,
  })
}

function writePlanFiles(
  { problem, plan: { partitioning } }: SizedPlan,
  { migParted, label, pool, svg }: PlanOptions,
): void {
  const layouts = partitioning.layouts ?? []
  if (migParted !== undefined) writeFile(migParted, migPartedYaml(label, layouts))
  if (svg !== undefined) writeFile(svg, `${layoutPicture(problem.gpu, layouts)}\n`)
  if (pool !== undefined) {
    const device = loadDevice(problem.gpu.name, '--pool', 'GPU')
    writeJson(pool, streamPoolFile(device, problem.latency.model, partitioning.partitions))
  }
}
