import { Command } from 'commander'
import { checkOutputs } from '../io/outputs.js'
import { writeFile } from '../io/write.js'
import { studyJson } from '../mig/json.js'
import { partitionerNamed, partitioners } from '../mig/partitioners/registry.js'
import { runStudy } from '../mig/study.js'
import { migReport } from '../report/pages/mig/page.js'
import { studyText } from '../report/pages/mig/text.js'
import { schedulerNamed, schedulers } from '../schedule/partitions/registry.js'
import {
  type CommonOptions,
  names,
  note,
  print,
  requestsPerSecond,
  startProgress,
  tableStyle,
} from './command.js'
import { addEffortOptions, type EffortOptions, effortOf } from './mig-effort.js'
import { addMigOptions, loadMigCase, type MigOptions } from './mig-problem.js'

interface SimulateOptions extends MigOptions, EffortOptions, CommonOptions {
  readonly rate?: number
  readonly partitioner?: readonly string[]
  readonly scheduler?: readonly string[]
  readonly exactCheck?: boolean
  readonly report?: string
}

/** `eclip mig simulate`: partitioners and schedulers side by side. */
export function migSimulateCommand(): Command {
  const command = new Command('simulate')
    .description('compare partitioners and schedulers by simulation')
    .option('--rate <r>', 'compare tails at this many requests/s', requestsPerSecond)
    .option('--partitioner <names>', `some of ${[...partitioners.keys()].join(', ')}`, names)
    .option('--scheduler <names>', `some of ${[...schedulers.keys()].join(', ')}`, names)
    .option('--no-exact-check', 'do not compare PARIS with every legal layout on 1 or 2 GPUs')
    .option('--report <file>', 'write a self-contained HTML report')
  return addEffortOptions(addMigOptions(command)).action(runSimulate)
}

async function runSimulate(options: SimulateOptions): Promise<void> {
  const { problem, streams, caution } = loadMigCase(options)
  checkOutputs({ '--report': options.report })
  const effort = effortOf(options, problem.gpus)
  const progress = startProgress()
  const study = await runStudy({
    problem,
    partitioners: options.partitioner?.map((name) => partitionerNamed(name, '--partitioner')) ?? [
      ...partitioners.values(),
    ],
    schedulers: options.scheduler?.map((name) => schedulerNamed(name, '--scheduler')) ?? [
      ...schedulers.values(),
    ],
    effort,
    streams,
    exactCheck: options.exactCheck ? 'run' : 'skip',
    onProgress: progress.update,
    onPair: (pair, done, of) => progress.count('pair', done, of, pair),
    ...(options.rate !== undefined && { ratePerS: options.rate }),
  }).finally(progress.done)
  if (caution !== undefined) note(`note: ${caution}`)
  if (options.report !== undefined) {
    writeFile(options.report, migReport(problem, study, settingsOf(options)))
    note(`report: ${options.report}`)
  }
  print(studyJson(problem, effort, study), options, () =>
    studyText(problem, effort, study, tableStyle()),
  )
}

/** The settings that a reader of the report needs to reproduce it. */
function settingsOf({ seed, elsaAlpha, elsaBeta, estimateNoise }: SimulateOptions) {
  return {
    seed: `${seed}`,
    'alpha and beta of ELSA': `${elsaAlpha} and ${elsaBeta}`,
    'noise of estimates': `${estimateNoise}`,
  }
}
