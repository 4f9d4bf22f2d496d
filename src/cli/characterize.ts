import { Command, Option } from 'commander'
import { BINDINGS, type Binding, openDevice } from '../binding/devices.js'
import { type Characterization, characterize } from '../characterize/characterize.js'
import { deviceOf } from '../characterize/device-file.js'
import { queueKnee } from '../characterize/queues.js'
import { scaleFor } from '../characterize/scale.js'
import type { SwitchCost } from '../characterize/switching.js'
import { type Device, deviceSchema, isHost } from '../device/device.js'
import { deviceName } from '../device/device-name.js'
import { HOGS, type Hogs } from '../device/hogs.js'
import { WorkError } from '../errors.js'
import { libraryFolder, ownDeviceFile } from '../io/library-folder.js'
import { checkOutputFolder, checkOutputs } from '../io/outputs.js'
import { exitOnSignals } from '../io/signals.js'
import { writeJson } from '../io/write.js'
import { textTable } from '../report/kit/text-table.js'
import { measureHogs } from '../torch/hogs.js'
import {
  type CommonOptions,
  note,
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
  try {
    const measured = measureDevice(options, progress)
    const hogs = await hogsOf(measured, progress)
    progress.done()
    if (options.raw) writeJson(options.raw, { ...measured, hogs })
    const file = writeDevice(measured, hogs, options)
    print({ ...measured, hogs }, options, renderCharacterization)
    note(`device: ${file}`)
  } finally {
    progress.done()
  }
}

function measureDevice({ binding }: CharacterizeOptions, progress: Progress): Characterization {
  const device = openDevice(binding)
  try {
    return characterize(device, scaleFor(device), (text) => progress.update(`measuring ${text}`))
  } finally {
    device.close()
  }
}

/** How hogs interfere, which takes PyTorch and partitions: without, a device says nothing about it. */
async function hogsOf(
  { identity }: Characterization,
  progress: Progress,
): Promise<Hogs | undefined> {
  if (isHost(identity)) return undefined
  progress.update('measuring interference')
  const undo = exitOnSignals()
  try {
    return await measureHogs()
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    note(`note: interference was not measured: ${error.message}`)
    return undefined
  } finally {
    undo()
  }
}

function writeDevice(
  measured: Characterization,
  hogs: Hogs | undefined,
  { name, output }: CharacterizeOptions,
): string {
  const date = new Date().toISOString()
  const device = { ...deviceOf(measured, name ?? deviceName(measured.identity.name), hogs), date }
  checkMeasured(device)
  const file = output ?? ownDeviceFile(device.name)
  writeJson(file, device)
  return file
}

/** A device that no command could read is not written: something disturbed the measurement. */
function checkMeasured(device: Device): void {
  const parsed = deviceSchema.safeParse(device)
  if (parsed.success) return
  const [{ path, message }] = parsed.error.issues
  throw new WorkError(`measured no sound ${path.join('.')} (${message}): is the device in use?`)
}

function renderCharacterization(
  measured: Characterization & { readonly hogs: Hogs | undefined },
): string {
  const { identity, poolCreation, launch, power, bandwidthGBps, queues } = measured
  const lines = [
    `${identity.name}`,
    `creating a masked stream  ${us(poolCreation.meanUs)} (worst ${us(poolCreation.worstUs)})`,
    `switch, alone             ${us(launch.switchUs)}`,
    `gap between kernels       ${us(launch.gapUs)}`,
    `host turnaround           ${us(launch.hostTurnaroundUs)}`,
    `streams side by side      ${queueKnee(queues)}`,
    `memory bandwidth          ${bandwidthGBps.toFixed(0)} GB/s`,
    power === undefined
      ? 'power                     not metered'
      : `power                     idle ${watts(power.idleW)}, one CU ${watts(power.oneCuW)}, all CUs ${watts(power.allCusW)}, copying ${watts(power.copyW)}`,
    '',
    switchTable(measured.switchTable),
    ...(measured.hogs ? [hogTable(measured.hogs)] : []),
  ]
  return lines.join('\n')
}

/** Microseconds per kernel: a row for each shape, a column for each period, then without switches. */
function switchTable(costs: readonly SwitchCost[]): string {
  const switching = costs.filter(({ period }) => period !== null)
  const periods = [...new Set(switching.map(({ period }) => period))]
  const shapes = [...new Set(switching.map(shapeOf))]
  const rows = shapes.map((shape) => {
    const row = switching.filter((cost) => shapeOf(cost) === shape)
    const quiet = costs.find(({ workers, period }) => workers === row[0].workers && period === null)
    return [shape, ...[...row, quiet].map((cost) => cost?.usPerKernel.toFixed(1) ?? '')]
  })
  const head = ['us per kernel, by kernels\nbetween switches', ...periods.map(String), 'none']
  return textTable(head, rows, tableStyle())
}

/** How many times as long each hog takes beside each other: a row for each hog, a column for what is beside it. */
function hogTable({ pressure }: Hogs): string {
  const rows = HOGS.map((hog) => [hog, ...HOGS.map((other) => pressure[hog][other].toFixed(2))])
  return textTable(['times as long as alone,\nbeside on other CUs', ...HOGS], rows, tableStyle())
}

function shapeOf({ workers, contexts }: SwitchCost): string {
  return `${workers} x ${contexts} streams`
}

function us(value: number): string {
  return `${value.toPrecision(3)} us`
}

function watts(value: number): string {
  return `${value.toFixed(0)} W`
}
