import { Command, Option } from 'commander'
import { describe, InputError } from '../errors.js'
import type { Change } from '../run/change.js'
import { askForChange } from '../run/control.js'
import { askedOf } from '../run/mps-terms.js'
import { folderOfRun, type ProgramState, type RunState, runStates } from '../run/run-state.js'
import { parseShare } from '../run/share.js'
import { type CommonOptions, print } from './command.js'
import { FAILED } from './exit-codes.js'
import { granulesOf, noteShareCaution, priorityOf, shareOf } from './terms-options.js'

type Terms = Pick<Change, 'share' | 'priority' | 'yield' | 'granules'>

interface SetOptions extends CommonOptions, Terms {
  readonly restart?: boolean
}

/** Makes a parser check an option whose text is passed on unchanged. */
const checked = (parse: (text: string) => unknown) => (text: string) => {
  parse(text)
  return text
}

/** `eclip set`: changes the terms of a running program. */
export function setCommand(): Command {
  const granules = new Option('--granules <list>', 'of the models of eclip run --granules')
  return new Command('set')
    .description('change what a program is granted while it runs, and say what has to wait')
    .argument('<name>', 'a program of "eclip ps", by its name or its process')
    .option('--share <share>', 'compute units at a time, as 64 or 25%', checked(shareOf))
    .option('--priority <level>', 'high, normal, low, or a level', checked(priorityOf))
    .addOption(
      new Option('--yield <when>', 'wait while a program of a higher level is busy').choices([
        'on',
        'off',
      ]),
    )
    .addOption(granules.argParser(granulesOf).conflicts(['share', 'priority', 'yield']))
    .option('--restart', 'end the program of "eclip up" and start it again where that is needed')
    .option('--json', 'print JSON')
    .action(runSet)
}

async function runSet(name: string, { json, restart = false, ...terms }: SetOptions) {
  if (Object.keys(terms).length === 0) {
    const expected = '--share, --priority, --yield or --granules'
    throw new InputError({ file: 'set', expected, found: 'none of them' })
  }
  const { run, program } = programNamed(name)
  const change = { program: program.name, ...terms, restart }
  const answer = await askForChange(folderOfRun(run), change)
  print(answer, { json }, ({ said }) => said.join('\n'))
  if (!answer.isWhole) process.exitCode = FAILED
  else if (terms.share !== undefined)
    noteShareCaution([askedOf({ share: parseShare(terms.share) })])
}

interface Found {
  readonly run: RunState
  readonly program: ProgramState
}

/** @throws InputError unless there is exactly one */
function programNamed(name: string): Found {
  const all = runStates().flatMap((run) => run.programs.map((program) => ({ run, program })))
  const named = all.filter(({ program }) => program.name === name)
  const found =
    named.length > 0 ? named : all.filter(({ program }) => `${program.process?.pid}` === name)
  if (found.length === 1) return found[0]
  const pids = found.map(({ program }) => program.process?.pid ?? 'waiting').join(', ')
  throw new InputError({
    file: 'NAME',
    expected: found.length === 0 ? 'a program of "eclip ps"' : `one of the processes ${pids}`,
    found: describe(name),
  })
}
