import { Command, Option } from 'commander'
import { describe, InputError } from '../errors.js'
import { loadDevice } from '../io/library.js'
import { checkOutputs } from '../io/outputs.js'
import { writeFile, writeJson } from '../io/write.js'
import { comparedPlan } from '../mig/compared-plan.js'
import { partitionCommands } from '../mig/export/commands.js'
import { migPartedYaml } from '../mig/export/mig-parted.js'
import { streamPoolFile } from '../mig/export/stream-pool.js'
import { hasMig, type PartitionableGpu } from '../mig/gpu.js'
import type { SizedPlan } from '../mig/gpus-needed.js'
import { comparedPlanJson } from '../mig/json.js'
import { isCheckable } from '../mig/settle.js'
import { layoutPicture } from '../report/pages/mig/picture.js'
import { comparedPlanText } from '../report/pages/mig/text.js'
import {
  type CommonOptions,
  note,
  print,
  requestsPerSecond,
  startProgress,
  tableStyle,
} from './command.js'
import { addEffortOptions, type EffortOptions, effortOf } from './mig-effort.js'
import { addMigOptions, loadMigCase, type MigOptions } from './mig-problem.js'

interface PlanOptions extends MigOptions, EffortOptions, CommonOptions {
  readonly rate?: number
  readonly exactCheck?: boolean
  readonly migParted?: string
  readonly label: string
  readonly pool?: string
  readonly svg?: string
}

/** `eclip mig plan`: PARIS for a model. */
export function migPlanCommand(): Command {
  const command = new Command('plan')
    .description('partition GPUs for a model with PARIS')
    .addOption(
      new Option('--rate <r>', 'partition as many GPUs as this many requests/s need')
        .argParser(requestsPerSecond)
        .conflicts('gpus'),
    )
    .option('--exact-check', 'compare with every legal layout by simulation (1 or 2 GPUs)')
    .option('--mig-parted <file>', "write the layout for NVIDIA's mig-parted")
    .option('--label <name>', 'label of the configuration in that file', 'eclip')
    .option('--pool <file>', 'write the layout as an eclip stream pool, for GPUs without MIG')
    .option('--svg <file>', 'write a picture of the layout')
  return addEffortOptions(addMigOptions(command)).action(runPlan)
}

async function runPlan(options: PlanOptions): Promise<void> {
  const { problem, streams, caution } = loadMigCase(options)
  const { gpu, gpus } = problem
  checkExports(gpu, options)
  if (options.exactCheck) checkIsCheckable(gpus)
  const effort = effortOf(options, gpus)
  const progress = startProgress()
  const compared = await comparedPlan({
    problem,
    effort,
    streams,
    ratePerS: options.rate,
    exactCheck: options.exactCheck ? 'run' : 'skip',
    onProgress: progress.update,
  }).finally(progress.done)
  const { sized, exact } = compared
  if (options.exactCheck && !exact) note(`note: no exact check of ${sized.problem.gpus} GPUs`)
  if (caution !== undefined) note(`note: ${caution}`)
  writePlanFiles(sized, options)
  const commands = partitionCommands(gpu, sized.plan.partitioning.layouts ?? [])
  print(comparedPlanJson(compared, effort, commands), options, () =>
    comparedPlanText(compared, effort, commands, tableStyle()),
  )
}

/** Refuses outputs that do not exist for the GPU, before anything is computed. */
function checkExports(gpu: PartitionableGpu, options: PlanOptions): void {
  const { migParted, label, pool, svg } = options
  checkOutputs({ '--mig-parted': migParted, '--pool': pool, '--svg': svg })
  if (!/^[\w.-]+$/.test(label)) {
    const expected = 'letters, digits, dots, dashes and underscores'
    throw new InputError({ file: '--label', expected, found: describe(label) })
  }
  if (migParted !== undefined && !hasMig(gpu)) {
    const expected = 'a GPU with MIG'
    throw new InputError({ file: '--mig-parted', expected, found: gpu.name })
  }
  if (pool !== undefined) loadDevice(gpu.name, '--pool', 'GPU')
}

function checkIsCheckable(gpus: number): void {
  if (isCheckable(gpus)) return
  throw new InputError({ file: '--exact-check', expected: 'at most 2 GPUs', found: `${gpus}` })
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
