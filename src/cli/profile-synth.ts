import { Command } from 'commander'
import { totalCus } from '../device/device.js'
import { InputError } from '../errors.js'
import { loadDevice, readProfile, shippedProfiles } from '../io/library.js'
import { checkOutputs } from '../io/outputs.js'
import { writeJson } from '../io/write.js'
import { MOST_BATCH } from '../quantities.js'
import { synthesisErrorsText, synthesizedText } from '../report/pages/profile/synthesized.js'
import { synthesisError } from '../synthesize/error.js'
import { synthesizableDevices, synthesizableModels, synthesize } from '../synthesize/synthesize.js'
import { atMost, type CommonOptions, note, print, wholeNumber } from './command.js'

interface Options extends CommonOptions {
  readonly model?: string
  readonly batch: number
  readonly device: string
  readonly output?: string
  readonly check?: boolean
}

/** `eclip profile synth`: a profile from a network's layers, without hardware. */
export function profileSynthCommand(): Command {
  return new Command('synth')
    .description("make a profile from a network's layers, without hardware (nothing is measured)")
    .option('--model <name>', `one of ${synthesizableModels.join(', ')}`)
    .option('--batch <n>', 'samples of a request', atMost(MOST_BATCH, wholeNumber(1)), 1)
    .option('--device <name>', `one of ${synthesizableDevices.join(', ')}`, 'mi50')
    .option('-o, --output <file>', 'write the profile here (.json or .json.gz)')
    .option('--check', 'print the error of the method against the recorded profiles of the device')
    .option('--json', 'print the profile as JSON')
    .action((options: Options) => (options.check ? check(options) : synth(options)))
}

function synth(options: Options): void {
  const { model } = options
  if (model === undefined) {
    const expected = `one of ${synthesizableModels.join(', ')}`
    throw new InputError({ file: '--model', expected, found: 'nothing' })
  }
  const device = loadDevice(options.device, '--device')
  checkOutputs({ '--output': options.output })
  const profile = synthesize(model, options.batch, device)
  if (options.output !== undefined) {
    writeJson(options.output, profile)
    note(`wrote ${options.output}`)
    if (!options.json) return
  }
  print(profile, options, () => synthesizedText(profile, totalCus(device)))
}

function check(options: Options): void {
  const device = loadDevice(options.device, '--device')
  const recorded = shippedProfiles(device.name)
    .filter(({ model }) => synthesizableModels.includes(model))
    .map(({ file }) => readProfile(file))
  if (recorded.length === 0) {
    const found = `none for ${device.name}`
    throw new InputError({ file: '--device', expected: 'recorded profiles', found })
  }
  const errors = recorded.map((p) => synthesisError(synthesize(p.model, p.batch, device), p))
  print(errors, options, synthesisErrorsText)
}
