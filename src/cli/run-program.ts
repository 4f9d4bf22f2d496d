import { basename, join } from 'node:path'
import { Command, type ErrorOptions, Option } from 'commander'
import { joinMps, type MpsMembership } from '../binding/mps/shared-daemon.js'
import { InputError } from '../errors.js'
import { runFolder } from '../io/run-folder.js'
import type { Held } from '../run/change.js'
import { answerChanges } from '../run/control.js'
import { runInForeground } from '../run/foreground.js'
import { HeldTerms, limitsOf } from '../run/held-terms.js'
import { askedOf } from '../run/mps-terms.js'
import type { Priority } from '../run/priority.js'
import { type ProcessId, processOf } from '../run/process-table.js'
import { MOST_GB } from '../run/programs-file.js'
import { endLeftovers, type ProgramState, RunStateFile } from '../run/run-state.js'
import type { Share } from '../run/share.js'
import { atMost, numberAbove } from './command.js'
import { runUnderPlan } from './run-plan.js'
import { granulesOf, nameOf, noteShareCaution, priorityOf, shareOf } from './terms-options.js'

interface RunOptions {
  readonly share?: Share
  readonly priority?: Priority
  readonly memory?: number
  readonly yield?: true
  readonly granules?: string
  readonly plan?: string
  readonly member?: string
  readonly name?: string
}

const GB = 1e9
/** Options that only programs under MPS have. */
const OF_MPS = ['share', 'priority', 'yield', 'memory']

/** Before `--`, a word of the program's that looks like an option is taken for one of eclip's. */
class RunCommand extends Command {
  override error(message: string, options?: ErrorOptions): never {
    const isUnknown = options?.code === 'commander.unknownOption'
    return super.error(isUnknown ? `${message} (the program's own follow --)` : message, options)
  }
}

/** `eclip run`: any program under a share and a priority. */
export function runProgramCommand(): Command {
  const granules = new Option(
    '--granules <list>',
    'for several models in one process, without MPS: 0-7,8-14 by order, THREAD=0-7,… or nvtx:RANGE=0-7,… by name',
  )
  const plan = new Option(
    '--plan <file>',
    'kernel by kernel, without MPS: launches that make up a request of a plan go where it says',
  )
  return new RunCommand('run')
    .description('run any program under a share of the GPU, beside others that are run so')
    .argument('<command...>', 'the program and its words, after --')
    .option('--share <share>', 'compute units at a time, as 64 or 25%', shareOf)
    .option('--priority <level>', 'high, normal, low, or levels above the lowest', priorityOf)
    .option('--yield', 'launch nothing while a program of a higher level is busy')
    .option('--memory <gb>', 'device memory it may allocate', atMost(MOST_GB, numberAbove(0)))
    .option('--name <name>', 'what ps and set call it; without it, the name of the program', nameOf)
    .addOption(granules.argParser(granulesOf).conflicts(OF_MPS))
    .addOption(plan.conflicts([...OF_MPS, 'granules']))
    .option('--member <model/batch>', 'the only model of the plan that the program runs')
    .action(runProgram)
}

async function runProgram(command: string[], options: RunOptions): Promise<void> {
  if (options.plan !== undefined) {
    process.exitCode = await runUnderPlan(command, options.plan, options.member)
    return
  }
  if (options.member !== undefined) {
    const expected = '--plan beside it'
    throw new InputError({ file: '--member', expected, found: 'none' })
  }
  const { granules, share, priority, memory, name = basename(command[0]) } = options
  const held = {
    granules,
    share,
    priority,
    memoryBytes: memory && memory * GB,
    yields: options.yield,
  }
  // Terms that cannot be granted are refused before anything else is done.
  limitsOf(held)
  await endLeftovers()
  process.exitCode = await (granules === undefined
    ? runUnderMps({ name, command }, held)
    : runHeld({ name, command }, held))
}

type Named = Pick<ProgramState, 'name' | 'command'>

async function runUnderMps(program: Named, held: Held): Promise<number> {
  noteShareCaution([askedOf(held)])
  const mps = await joinMps(runFolder('mps'))
  try {
    return await runHeld(program, held, mps)
  } finally {
    await mps.leave()
  }
}

/** Runs a program that others can see in `eclip ps` and change with `eclip set`. */
async function runHeld(program: Named, held: Held, mps?: MpsMembership): Promise<number> {
  const file = new RunStateFile()
  const terms = new HeldTerms(held, 'once', join(file.folder, 'settings'))
  let process: ProcessId | undefined
  const write = () =>
    file.write([{ ...program, ...terms.shown, state: 'running', process, restarts: 0 }])
  const undoAnswers = answerChanges(file.folder, (change) => {
    const answer = terms.change(change)
    write()
    return answer
  })
  const environment = { ...mps?.environment, ...terms.takeForStart(), ...file.environment }
  const descriptors = mps === undefined ? [] : [mps.descriptor]
  try {
    return await runInForeground(program.command, environment, descriptors, ({ pid }) => {
      process = processOf(pid!)
      write()
    })
  } finally {
    undoAnswers()
    file.remove()
  }
}
