import { join } from 'node:path'
import { Command, Option } from 'commander'
import { type Device, totalCus } from '../device/device.js'
import { describe, InputError } from '../errors.js'
import { loadDevice, readProfile, shippedProfiles } from '../io/library.js'
import { profileFileName } from '../io/library-folder.js'
import { checkOutputFolder, checkOutputs } from '../io/outputs.js'
import { writeJson } from '../io/write.js'
import type { Profile } from '../profile/profile.js'
import { MOST_BATCH } from '../quantities.js'
import { synthesisErrorsText, synthesizedText } from '../report/pages/profile/synthesized.js'
import { synthesisError } from '../synthesize/error.js'
import { synthesizableDevices, synthesizableModels, synthesize } from '../synthesize/synthesize.js'
import { atMost, type CommonOptions, listOf, note, print, wholeNumber } from './command.js'

interface Options extends CommonOptions {
  readonly model?: string
  readonly batch: readonly number[]
  readonly device: string
  readonly like?: string
  readonly output?: string
  readonly check?: boolean
}

/** `eclip profile synth`: a profile from a network's layers, without hardware. */
export function profileSynthCommand(): Command {
  return new Command('synth')
    .description("make a profile from a network's layers, without hardware (nothing is measured)")
    .option('--model <name>', `one of ${synthesizableModels.join(', ')}`)
    .option(
      '--batch <list>',
      'batch sizes, separated by commas',
      listOf(atMost(MOST_BATCH, wholeNumber(1))),
      [1],
    )
    .option(
      '--device <name>',
      `one of ${synthesizableDevices.join(', ')}, or with --like any other or its file`,
      'mi50',
    )
    .addOption(
      new Option(
        '--like <name>',
        'the device whose kernels and speed of a compute unit the device has',
      ).choices(synthesizableDevices),
    )
    .option(
      '-o, --output <path>',
      'write the profile here (.json or .json.gz), several into this folder',
    )
    .option('--check', 'print the error of the method against the recorded profiles of the device')
    .option('--json', 'print the profile as JSON, several as a list')
    .action((options: Options) => (options.check ? check(options) : synth(options)))
}

function synth(options: Options): void {
  const { model } = options
  if (model === undefined || !synthesizableModels.includes(model)) {
    const expected = `one of ${synthesizableModels.join(', ')}`
    throw new InputError({ file: '--model', expected, found: describe(model) })
  }
  const device = deviceOf(options)
  const fileOf = filesOf(options)
  const profiles = options.batch.map((batch) => synthesize(model, batch, device, options))
  if (fileOf) {
    for (const profile of profiles) {
      const file = fileOf(profile)
      writeJson(file, profile)
      note(`wrote ${file}`)
    }
    if (!options.json) return
  }
  const cus = totalCus(device)
  const printed = profiles.length > 1 ? profiles : profiles[0]
  print(printed, options, () => profiles.map((one) => synthesizedText(one, cus)).join('\n'))
}

/** @throws InputError for a device that no tables are of, and that is like no other */
function deviceOf({ device: asked, like }: Options): Device {
  const device = loadDevice(asked, '--device')
  if (synthesizableDevices.includes(like ?? device.name)) return device
  const expected = `one of ${synthesizableDevices.join(', ')}, as nothing is known of ${device.name}`
  throw new InputError({ file: '--like', expected, found: 'nothing' })
}

/** In which file each profile is written; undefined if none is asked for. */
function filesOf({ output, batch }: Options): ((profile: Profile) => string) | undefined {
  if (output === undefined) return undefined
  if (batch.length === 1) {
    checkOutputs({ '--output': output })
    return () => output
  }
  checkOutputFolder('--output', output)
  return (profile) => join(output, profileFileName(profile))
}

function check(options: Options): void {
  const device = deviceOf(options)
  const recorded = shippedProfiles(device.name)
    .filter(({ model }) => synthesizableModels.includes(model))
    .map(({ file }) => readProfile(file))
  if (recorded.length === 0) {
    const found = `none for ${device.name}`
    throw new InputError({ file: '--device', expected: 'recorded profiles', found })
  }
  const errors = recorded.map((p) =>
    synthesisError(synthesize(p.model, p.batch, device, options), p),
  )
  print(errors, options, synthesisErrorsText)
}
