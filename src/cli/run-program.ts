import { basename } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { joinMps } from '../binding/mps/shared-daemon.js'
import { preloadNativeLibrary } from '../binding/native-library.js'
import { streamMasks } from '../binding/stream-masks.js'
import { InputError } from '../errors.js'
import { readFile } from '../io/read.js'
import { runFolder } from '../io/run-folder.js'
import { planSchema } from '../plan/plan.js'
import { runInForeground } from '../run/foreground.js'
import { isGranuleList } from '../run/granule-list.js'
import { askedOf, mpsTerms, type Terms } from '../run/mps-terms.js'
import { countsText } from '../run/plan-counts.js'
import { runUnderTable } from '../run/plan-run.js'
import { planTable, servedWorkers } from '../run/plan-table.js'
import { type Priority, parsePriority } from '../run/priority.js'
import { processOf } from '../run/process-table.js'
import { endLeftovers, RunStateFile } from '../run/run-state.js'
import { parseShare, type Share } from '../run/share.js'
import { shareCaution } from '../run/share-caution.js'
import { atMost, note, numberAbove } from './command.js'

interface RunOptions {
  readonly share?: Share
  readonly priority?: Priority
  readonly memory?: number
  readonly granules?: string
  readonly plan?: string
  readonly member?: string
}

const GB = 1e9
const MOST_GB = 10_000

/** `eclip run`: any program under a share and a priority. */
export function runProgramCommand(): Command {
  const granules = new Option(
    '--granules <list>',
    'for several models in one process, without MPS: 0-7,8-14 by order, or THREAD=0-7,… by name',
  )
  const plan = new Option(
    '--plan <file>',
    'kernel by kernel, without MPS: launches that make up a request of a plan go where it says',
  )
  return new Command('run')
    .description('run any program under a share of the GPU, beside others that are run so')
    .argument('<command...>', 'the program and its words, after --')
    .option('--share <share>', 'compute units at a time, as 64 or 25%', shareOf)
    .option('--priority <level>', 'high, normal, low, or levels above the lowest', priorityOf)
    .option('--memory <gb>', 'device memory it may allocate', atMost(MOST_GB, numberAbove(0)))
    .addOption(granules.argParser(granulesOf).conflicts(['share', 'priority', 'memory']))
    .addOption(plan.conflicts(['share', 'priority', 'memory', 'granules']))
    .option('--member <model/batch>', 'the only model of the plan that the program runs')
    .action(runProgram)
}

function shareOf(text: string): Share {
  const share = parseShare(text)
  if (share !== undefined) return share
  const expected = 'a number of compute units, or a percentage of them, as 25%'
  throw new InvalidArgumentError(`expected ${expected}, found "${text}".`)
}

function priorityOf(text: string): Priority {
  const priority = parsePriority(text)
  if (priority !== undefined) return priority
  throw new InvalidArgumentError(`expected high, normal, low or 0 to 63, found "${text}".`)
}

function granulesOf(text: string): string {
  if (isGranuleList(text)) return text
  throw new InvalidArgumentError(
    `expected granules for each model, as 0-7,8-14 or a=0-7,b=8-14, found "${text}".`,
  )
}

async function runProgram(command: string[], options: RunOptions): Promise<void> {
  const { plan, member } = options
  if (member !== undefined && plan === undefined) {
    throw new InputError({
      file: '--member',
      path: '',
      expected: '--plan beside it',
      found: 'none',
    })
  }
  process.exitCode =
    plan === undefined
      ? await runUnderTerms(command, options)
      : await runUnderPlan(command, plan, member)
}

function runUnderTerms(command: string[], options: RunOptions): Promise<number> {
  const { granules, share, priority, memory } = options
  if (granules === undefined)
    return runUnderMps(command, { share, priority, memoryBytes: memory && memory * GB })
  const environment = { ...preloadNativeLibrary(), ECLIP_GRANULES: granules }
  return runInForeground(command, environment, [])
}

async function runUnderPlan(command: string[], file: string, member?: string): Promise<number> {
  const plan = readFile(file, planSchema)
  const workers = servedWorkers(file, plan, member)
  const table = planTable(file, plan, workers, streamMasks(plan.device.fingerprint))
  const { exitCode, processes } = await runUnderTable(command, table, workers.length)
  const members = workers.map(({ model, batch }) => `${model}/${batch}`)
  for (const line of countsText(members, processes)) note(line)
  return exitCode
}

async function runUnderMps(command: string[], terms: Terms): Promise<number> {
  const limits = mpsTerms(terms)
  const asked = { ...askedOf(terms), command, name: basename(command[0]) }
  const caution = shareCaution([asked.sharePercent])
  if (caution !== undefined) note(caution)
  await endLeftovers()
  const mps = await joinMps(runFolder('mps'))
  const file = new RunStateFile()
  const environment = { ...mps.environment, ...limits, ...file.environment }
  try {
    return await runInForeground(command, environment, [mps.descriptor], ({ pid }) => {
      const process = processOf(pid!)
      file.write([{ ...asked, state: 'running', process, restarts: 0 }])
    })
  } finally {
    file.remove()
    await mps.leave()
  }
}
