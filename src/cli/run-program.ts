import { Command, InvalidArgumentError, Option } from 'commander'
import { joinMps } from '../binding/mps/shared-daemon.js'
import { runInForeground } from '../run/foreground.js'
import { mpsTerms, PRIORITIES, type Priority } from '../run/mps-terms.js'
import { runFolder } from '../run/run-folder.js'
import { parseShare, type Share } from '../run/share.js'
import { atMost, numberAbove } from './command.js'

interface RunOptions {
  readonly share?: Share
  readonly priority?: Priority
  readonly memory?: number
}

const GB = 1e9
const MOST_GB = 10_000

/** `eclip run`: any program under a share and a priority. */
export function runProgramCommand(): Command {
  return new Command('run')
    .description('run any program under a share of the GPU, beside others that are run so')
    .argument('<command...>', 'the program and its words, after --')
    .option('--share <share>', 'compute units at a time, as 64 or 25%', shareOf)
    .addOption(new Option('--priority <level>', 'beside others').choices(PRIORITIES))
    .option('--memory <gb>', 'device memory it may allocate', atMost(MOST_GB, numberAbove(0)))
    .action(runProgram)
}

export function shareOf(text: string): Share {
  const share = parseShare(text)
  if (share !== undefined) return share
  const expected = 'a number of compute units, or a percentage of them, as 25%'
  throw new InvalidArgumentError(`expected ${expected}, found "${text}".`)
}

async function runProgram(command: string[], { share, priority, memory }: RunOptions) {
  const terms = mpsTerms({ share, priority, memoryBytes: memory && memory * GB })
  const mps = await joinMps(runFolder('mps'))
  try {
    const environment = { ...mps.environment, ...terms }
    process.exitCode = await runInForeground(command, environment, [mps.descriptor])
  } finally {
    await mps.leave()
  }
}
