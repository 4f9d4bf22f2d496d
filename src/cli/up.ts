import { closeSync, constants, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { joinMps, type MpsMembership } from '../binding/mps/shared-daemon.js'
import { checkOutputs } from '../io/outputs.js'
import { readFile } from '../io/read.js'
import { runFolder } from '../io/run-folder.js'
import { writing } from '../io/write.js'
import { textTable } from '../report/kit/index.js'
import type { Held } from '../run/change.js'
import { limitsOf, shownOf } from '../run/held-terms.js'
import { termsOf } from '../run/planned-terms.js'
import type { ProgramStart } from '../run/program.js'
import { type ProgramEntry, programsSchema } from '../run/programs-file.js'
import { endLeftovers, type Granted } from '../run/run-state.js'
import { supervise } from '../run/supervise.js'
import { type CommonOptions, note, print, tableStyle } from './command.js'
import { FAILED } from './exit-codes.js'
import { meantDevice } from './scenario.js'
import { noteShareCaution, partText, priorityOfText } from './terms-options.js'

interface UpOptions extends CommonOptions {
  readonly check?: true
}

/** `eclip up`: keeps the programs of a file running side by side. */
export function upCommand(): Command {
  return new Command('up')
    .description('keep the programs of a file running, each under a share and a priority')
    .argument('<file>', 'programs, as "eclip schema programs" describes them')
    .option('--check', 'say what each program would be granted, and run none')
    .option('--json', 'print JSON')
    .action(runUp)
}

async function runUp(file: string, options: UpOptions): Promise<void> {
  const { programs } = readFile(file, programsSchema)
  programs.forEach(({ log }, i) => {
    const flag = `${file}: programs[${i}].log`
    checkOutputs({ [flag]: log === undefined ? undefined : besideOf(file, log) })
  })
  const terms = await termsOf(file, programs, meantDevice)
  const granted = programs.map(({ name }, i) => ({ name, ...shownOf(terms[i]) }))
  print(granted, options, () => grantedText(granted))
  noteShareCaution(granted)
  if (options.check) return
  // Terms that cannot be granted are refused before anything starts.
  terms.forEach(limitsOf)
  await endLeftovers()
  const mps = terms.some(isUnderMps) ? await joinMps(runFolder('mps')) : undefined
  try {
    const starts = programs.map((program, i) => startOf(file, program, terms[i], mps))
    if (!(await supervise(starts, note))) process.exitCode = FAILED
  } finally {
    await mps?.leave()
  }
}

function isUnderMps({ granules }: Held): boolean {
  return granules === undefined
}

function grantedText(programs: readonly (Granted & { readonly name: string })[]): string {
  const rows = programs.map((program) => [
    program.name,
    partText(program),
    priorityOfText(program),
    program.memoryBytes === undefined ? '-' : `${(program.memoryBytes / 1e9).toFixed(1)} GB`,
  ])
  return textTable(['program', 'share', 'priority', 'memory'], rows, tableStyle()).trimEnd()
}

/** A path in an entry, which is relative to the file's folder. */
function besideOf(file: string, path: string): string {
  return resolve(dirname(resolve(file)), path)
}

function startOf(
  file: string,
  { name, command, environment: own, restart, folder = '.', log }: ProgramEntry,
  terms: Held,
  shared: MpsMembership | undefined,
): ProgramStart {
  const mps = isUnderMps(terms) ? shared : undefined
  return {
    name,
    command,
    own,
    restart,
    terms,
    environment: { ...process.env, ...mps?.environment },
    descriptors: mps === undefined ? [] : [mps.descriptor],
    folder: besideOf(file, folder),
    output: log === undefined ? 'inherit' : openLog(besideOf(file, log)),
  }
}

/** @throws WorkError if the file cannot be written */
function openLog(file: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants
  return writing(file, () => {
    // A pipe that nobody reads is refused here, where the next line would wait for a reader. Programs must not
    // inherit the flag that does this.
    const trial = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o644)
    const opened = openSync(file, 'a', 0o644)
    closeSync(trial)
    return opened
  })
}
