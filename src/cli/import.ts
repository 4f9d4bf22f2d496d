import { Command } from 'commander'
import { type Device, totalCus } from '../device/device.js'
import { deviceName } from '../device/device-name.js'
import { describe, InputError } from '../errors.js'
import { isKnownDevice, loadDevice, ownDevices } from '../io/library.js'
import { exitOnSignals } from '../io/signals.js'
import { readTrace, TRACE_FORMS } from '../io/trace.js'
import { validate } from '../io/validate.js'
import { writeJson } from '../io/write.js'
import { checkProfile } from '../profile/check.js'
import { type ImportedProfile, profileOfTrace } from '../profile/importers/profile-of.js'
import type { Trace } from '../profile/importers/trace.js'
import { profileSchema } from '../profile/profile.js'
import { MOST_BATCH } from '../quantities.js'
import { importText } from '../report/pages/import/text.js'
import { atMost, type CommonOptions, note, plainName, print, wholeNumber } from './command.js'
import { checkProfileTarget, profileTarget } from './profile-target.js'
import { meantDevice } from './scenario.js'

interface ImportOptions extends CommonOptions {
  readonly model: string
  readonly batch: number
  readonly device?: string
  readonly requests?: number
  readonly output?: string
}

/** `eclip import`: makes a profile from what another tool recorded. */
export function importCommand(): Command {
  return new Command('import')
    .description('make a profile from a trace of another tool, into your library')
    .argument('<trace>', TRACE_FORMS)
    .requiredOption('--model <name>', 'what the model is called in mixes', plainName)
    .requiredOption(
      '--batch <n>',
      'samples of each traced request',
      atMost(MOST_BATCH, wholeNumber(1)),
    )
    .option('--device <name>', 'the GPU it ran on (default: what the trace says, or yours)')
    .option('--requests <n>', 'requests in the trace (default: what repeats)', wholeNumber(1))
    .option('-o, --output <folder>', 'write the profile here, not into the library')
    .option('--json', 'print JSON')
    .action(runImport)
}

async function runImport(file: string, options: ImportOptions): Promise<void> {
  const undo = exitOnSignals()
  const trace = await readTrace(file)
  checkProfileTarget(options.output)
  const device = deviceOf(trace, options.device, file)
  const imported = profileOfTrace(trace, device, options, file)
  validate(imported.profile, profileSchema, file)
  checkProfile(imported.profile, device, file)
  const profile = { ...imported.profile, date: new Date().toISOString() }
  const written = profileTarget(profile, options.output)
  writeJson(written, profile)
  undo()
  print(outline(imported, device, written), options, () => importText(imported, trace.tool))
  note(`profile: ${written}`)
}

/**
 * The device that the user names, otherwise the GPU that the trace names, otherwise the default
 * device.
 */
function deviceOf(trace: Trace, named: string | undefined, file: string): Device {
  const gpu = trace.gpus.get(trace.kernels[0].gpu)
  const traced = named ?? tracedDevice(gpu?.name, file)
  const device = loadDevice(traced ?? meantDevice(), '--device')
  if (traced === undefined && device.vendor !== (trace.vendor ?? device.vendor)) {
    const expected = `the GPU that ${trace.tool} recorded, which the trace does not name`
    throw new InputError({ file: '--device', expected, found: 'nothing' })
  }
  if (gpu?.cus === undefined || gpu.cus === totalCus(device)) return device
  const expected = `the GPU of the trace, with ${gpu.cus} compute units`
  const found = `${device.name} with ${totalCus(device)}`
  throw new InputError({ file: '--device', expected, found })
}

function tracedDevice(driverName: string | undefined, file: string): string | undefined {
  if (driverName === undefined) return undefined
  const own = ownDevices().filter((device) => device.driverName === driverName)
  const name = own.length === 1 ? own[0].name : deviceName(driverName)
  if (isKnownDevice(name)) return name
  const expected = `a GPU that there is a device of (eclip characterize makes one, --device names one)`
  throw new InputError({ file, expected, found: describe(driverName) })
}

function outline({ profile, request, kernelsUs }: ImportedProfile, device: Device, file: string) {
  const { model, batch } = profile
  const { kernels, requests, leftOut, spanUs } = request
  const found = { requests, kernels: kernels.length, leftOut, spanUs, kernelsUs }
  return { model, batch, device: device.name, ...found, file }
}
