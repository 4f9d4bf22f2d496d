import { Command, Option } from 'commander'
import { BINDINGS, type Binding, openDevice } from '../binding/devices.js'
import { type Characterization, characterize } from '../characterize/characterize.js'
import { deviceOf } from '../characterize/device-file.js'
import { scaleFor } from '../characterize/scale.js'
import { type Device, deviceSchema, isHost } from '../device/device.js'
import { deviceName } from '../device/device-name.js'
import { limitsProcesses } from '../device/share.js'
import { attempted, WorkError } from '../errors.js'
import { libraryFolder, ownDeviceFile } from '../io/library-folder.js'
import { checkOutputFolder, checkOutputs } from '../io/outputs.js'
import { exitOnSignals } from '../io/signals.js'
import { writeJson } from '../io/write.js'
import { type Characterized, characterizationText } from '../report/pages/characterize/text.js'
import { measureHogs } from '../torch/hogs.js'
import { checkMpsShares, soundLimits } from '../torch/mps-shares.js'
import {
  type CommonOptions,
  note,
  noteStatus,
  type Progress,
  plainName,
  print,
  startProgress,
  tableStyle,
} from './command.js'

interface CharacterizeOptions extends CommonOptions {
  readonly binding?: Binding['name']
  readonly name?: string
  readonly output?: string
  readonly raw?: string
}

/** `eclip characterize`: what partitioning costs on the device of this machine. */
export function characterizeCommand(): Command {
  const bindings = BINDINGS.map(({ name }) => name)
  return new Command('characterize')
    .description('measure what partitioning costs on this machine and keep it as a device')
    .addOption(new Option('--binding <name>', 'device to measure').choices(bindings))
    .option('--name <name>', "the device's name in plans (default: from the driver)", plainName)
    .option('-o, --output <file>', 'write the device here, not into the library')
    .option('--raw <file>', 'write every measurement')
    .option('--json', 'print JSON')
    .action(runCharacterize)
}

async function runCharacterize(options: CharacterizeOptions): Promise<void> {
  checkOutputs({ '--output': options.output, '--raw': options.raw })
  if (options.output === undefined) checkOutputFolder('--library', libraryFolder())
  const progress = startProgress()
  let found: Characterized
  try {
    const measured = measureDevice(options, progress)
    found = { ...measured, ...(await inProcesses(measured, progress)) }
  } finally {
    progress.done()
  }
  if (options.raw) writeJson(options.raw, found)
  const { device, file } = writeDevice(found, options)
  print(found, options, () => characterizationText(found, tableStyle()))
  noteStatus(device)
  note(`device: ${file}`)
}

function measureDevice({ binding }: CharacterizeOptions, progress: Progress): Characterization {
  const device = openDevice(binding)
  try {
    return characterize(device, scaleFor(device), (text) => progress.update(`measuring ${text}`))
  } finally {
    device.close()
  }
}

/** How hogs interfere, and under which shares of MPS libraries compute correct results. */
async function inProcesses(
  { identity, granules }: Characterization,
  progress: Progress,
): Promise<Pick<Characterized, 'hogs' | 'mpsShares'>> {
  if (isHost(identity)) return {}
  const undo = exitOnSignals()
  try {
    progress.update('measuring interference')
    const hogs = await unlessImpossible('interference was not measured', measureHogs)
    if (!limitsProcesses({ ...identity, granules })) return { hogs }
    progress.update('checking results under MPS')
    const mpsShares = await unlessImpossible('MPS was not checked', checkMpsShares)
    return { hogs, mpsShares }
  } finally {
    undo()
  }
}

/** Anything that cannot be found out here is left out of the device, and a note says so. */
async function unlessImpossible<T>(
  without: string,
  find: () => Promise<T>,
): Promise<T | undefined> {
  const found = await attempted(find)
  if (!(found instanceof WorkError)) return found
  note(`note: ${without}: ${found.message}`)
  return undefined
}

function writeDevice(found: Characterized, { name, output }: CharacterizeOptions) {
  const date = new Date().toISOString()
  const checkedCus = found.mpsShares && soundLimits(found, found.mpsShares)
  const called = name ?? deviceName(found.identity.name)
  const device = { ...deviceOf(found, called, found.hogs, checkedCus), date }
  checkMeasured(device)
  const file = output ?? ownDeviceFile(device.name)
  writeJson(file, device)
  return { device, file }
}

/** Refuses to write a device that no command could read: something must have disturbed the measurement. */
function checkMeasured(device: Device): void {
  const parsed = deviceSchema.safeParse(device)
  if (parsed.success) return
  const [{ path, message }] = parsed.error.issues
  throw new WorkError(`measured no sound ${path.join('.')} (${message}): is the device in use?`)
}
