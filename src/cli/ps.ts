import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { type GpuProcesses, openGpuProcesses } from '../binding/cuda/processes.js'
import { textTable } from '../report/kit/index.js'
import { familyOf } from '../run/process-table.js'
import { type ProgramUse, usesOf } from '../run/program-use.js'
import { type Granted, runStates } from '../run/run-state.js'
import {
  atMost,
  type CommonOptions,
  numberAbove,
  print,
  tableStyle,
  wholeNumber,
} from './command.js'
import { partText, priorityOfText } from './terms-options.js'

/** The driver takes samples several times a second. */
const SAMPLED_MS = 1000
/** A day. Node's timers fire at once beyond 25 days. */
const MOST_SECONDS = 86_400
const CLEAR_SCREEN = '\u{1B}[H\u{1B}[J'

/** `eclip ps`: lists the running programs, what they were granted and what they use. */
export function psCommand(): Command {
  return new Command('ps')
    .description('list the programs that eclip runs: what each was granted, and what it uses')
    .option('--json', 'print JSON')
    .action((options: CommonOptions) => {
      show(usesNow(openGpuProcesses(), SAMPLED_MS), options)
    })
}

interface TopOptions extends CommonOptions {
  readonly every: number
  readonly rounds?: number
}

/** `eclip top`: the same, repeatedly. */
export function topCommand(): Command {
  return new Command('top')
    .description('show what the programs that eclip runs use, again and again')
    .option(
      '--every <s>',
      'seconds from one table to the next',
      atMost(MOST_SECONDS, numberAbove(0)),
      1,
    )
    .option('--rounds <n>', 'how many tables; without it, until it is ended', wholeNumber(1))
    .option('--json', 'print JSON')
    .action(runTop)
}

async function runTop(options: TopOptions): Promise<void> {
  const { every, rounds = Number.POSITIVE_INFINITY } = options
  const gpu = openGpuProcesses()
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await sleep(every * 1000)
    if (process.stdout.isTTY && !options.json) process.stdout.write(CLEAR_SCREEN)
    show(usesNow(gpu, every * 1000), options)
  }
}

const NOTHING = { processes: [], powerW: undefined }

function usesNow(gpu: GpuProcesses | undefined, lastMs: number): ProgramUse[] {
  const programs = runStates().flatMap((run) => run.programs)
  const sinceUs = Math.round((Date.now() - lastMs) * 1000)
  return usesOf(programs, gpu?.use(sinceUs) ?? NOTHING, familyOf)
}

const HEAD = [
  'program',
  'state',
  'process',
  'share',
  'priority',
  'SM time',
  'memory',
  'power',
  'restarts',
]

function show(uses: readonly ProgramUse[], options: CommonOptions): void {
  print(uses, options, () =>
    uses.length === 0
      ? 'no program runs under "eclip run" or "eclip up"'
      : textTable(HEAD, uses.map(rowOf), tableStyle()).trimEnd(),
  )
}

function rowOf(use: ProgramUse): string[] {
  const limit = use.memoryLimitBytes === null ? '' : ` of ${gigabytes(use.memoryLimitBytes)}`
  return [
    use.name,
    use.state,
    `${use.pid ?? '-'}`,
    withNext(use, partText),
    withNext(use, priorityOfText),
    use.smPercent === null ? '-' : `${use.smPercent.toFixed(0)}%`,
    use.memoryBytes === null && limit === '' ? '-' : `${gigabytes(use.memoryBytes)}${limit} GB`,
    use.powerW === null ? '-' : `${use.powerW.toFixed(0)} W`,
    `${use.restarts}`,
  ]
}

/** What a program was granted, and what it will be granted at its next start if that differs. */
function withNext(use: ProgramUse, text: (granted: ProgramUse | Granted) => string): string {
  const next = use.next === null ? text(use) : text(use.next)
  return next === text(use) ? next : `${text(use)}, next ${next}`
}

function gigabytes(bytes: number | null): string {
  return bytes === null ? '-' : (bytes / 1e9).toFixed(1)
}
