import { accessSync, closeSync, constants, openSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, InputError } from '../errors.js'
import { kindOf, reasonOf } from './file-kind.js'
import { isInput } from './inputs.js'
import { type OutputTarget, targetOf } from './output-target.js'
import { temporaryIn } from './write.js'

/**
 * Refuses outputs that could not be written, or that would destroy an input or each other. Every
 * command calls it after reading its inputs and before it starts its work, which may take hours.
 * @param outputs the name given for each flag; undefined if the flag was not given
 * @throws InputError naming the flag
 */
export function checkOutputs(outputs: Readonly<Record<string, string | undefined>>): void {
  const flagOf = new Map<string, string>()
  for (const [flag, file] of Object.entries(outputs)) {
    if (file === undefined) continue
    const { kind, path } = checkOutput(flag, file)
    if (kind !== 'file') continue
    const other = flagOf.get(path)
    if (other !== undefined) throw problem(flag, `another file than ${other}`, describe(file))
    flagOf.set(path, flag)
  }
}

/**
 * The same for a folder that will contain files whose names are not known yet.
 * @throws InputError naming the flag
 */
export function checkOutputFolder(flag: string, folder: string): void {
  if (folder === '') throw problem(flag, 'the name of a folder', describe(folder))
  checkOutput(flag, join(folder, 'any'), 'a folder that can be written to', folder)
}

/**
 * @param expected what the user was to name
 * @param named what the user named
 */
function checkOutput(
  flag: string,
  file: string,
  expected = 'a file that can be written',
  named = file,
): OutputTarget {
  const isName = file !== '' && file !== '-' && !file.endsWith('/')
  if (!isName) throw problem(flag, 'the name of a file', describe(file))
  try {
    const target = targetOf(file)
    const obstacle = obstacleOf(target)
    if (obstacle === undefined) return target
    throw problem(flag, expected, `${describe(named)}, ${obstacle}`)
  } catch (error) {
    if (error instanceof InputError) throw error
    throw problem(flag, expected, `${describe(named)}: ${reasonOf(error)}`)
  }
}

/**
 * Why the target cannot be written, in words; undefined if it can. Tries everything that writing it
 * will need.
 */
function obstacleOf(target: OutputTarget): string | undefined {
  if (target.kind === 'descriptor') return undefined
  const { existing, path } = target
  if (existing) accessSync(path, constants.W_OK)
  if (target.kind === 'stream') {
    const isWritable = existing?.isCharacterDevice() || existing?.isFIFO()
    return isWritable ? undefined : kindOf(target.existing)
  }
  if (existing && isInput(existing)) return 'which is an input'
  tryFolder(dirname(path))
  return undefined
}

/** Creates and removes a file in the folder, or in the nearest existing folder above it. */
function tryFolder(folder: string): void {
  let nearest = folder
  while (statSync(nearest, { throwIfNoEntry: false }) === undefined) nearest = dirname(nearest)
  const trial = temporaryIn(nearest)
  closeSync(openSync(trial, 'wx'))
  rmSync(trial)
}

function problem(flag: string, expected: string, found: string): InputError {
  return new InputError({ file: flag, expected, found })
}
