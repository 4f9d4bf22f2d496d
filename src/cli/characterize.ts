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
import { limitsProcesses } from '../device/share.js'
import { WorkError } from '../errors.js'
import { libraryFolder, ownDeviceFile } from '../io/library-folder.js'
import { checkOutputFolder, checkOutputs } from '../io/outputs.js'
import { exitOnSignals } from '../io/signals.js'
import { writeJson } from '../io/write.js'
import { textTable } from '../report/kit/text-table.js'
import { measureHogs } from '../torch/hogs.js'
import { type CheckedShare, checkMpsShares, soundLimits } from '../torch/mps-shares.js'
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
  let found: Found
  try {
    const measured = measureDevice(options, progress)
    found = { ...measured, ...(await inProcesses(measured, progress)) }
  } finally {
    progress.done()
  }
  if (options.raw) writeJson(options.raw, found)
  const file = writeDevice(found, options)
  print(found, options, renderCharacterization)
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

/** Findings of processes that run PyTorch. */
interface FoundInProcesses {
  readonly hogs?: Hogs | undefined
  readonly mpsShares?: readonly CheckedShare[] | undefined
}

type Found = Characterization & FoundInProcesses

/** How hogs interfere, and under which shares of MPS libraries compute correct results. */
async function inProcesses(
  { identity, granules }: Characterization,
  progress: Progress,
): Promise<FoundInProcesses> {
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
  try {
    return await find()
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    note(`note: ${without}: ${error.message}`)
    return undefined
  }
}

function writeDevice(found: Found, { name, output }: CharacterizeOptions): string {
  const date = new Date().toISOString()
  const checkedCus = found.mpsShares && soundLimits(found, found.mpsShares)
  const called = name ?? deviceName(found.identity.name)
  const device = { ...deviceOf(found, called, found.hogs, checkedCus), date }
  checkMeasured(device)
  const file = output ?? ownDeviceFile(device.name)
  writeJson(file, device)
  return file
}

/** Refuses to write a device that no command could read: something must have disturbed the measurement. */
function checkMeasured(device: Device): void {
  const parsed = deviceSchema.safeParse(device)
  if (parsed.success) return
  const [{ path, message }] = parsed.error.issues
  throw new WorkError(`measured no sound ${path.join('.')} (${message}): is the device in use?`)
}

function renderCharacterization(measured: Found): string {
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
    ...(measured.mpsShares ?? []).map(shareText),
  ]
  return lines.join('\n')
}

function shareText({ percent, wrong }: CheckedShare): string {
  const said = wrong.length === 0 ? 'computes right' : `WRONG: ${wrong.join(', ')}`
  return `MPS at ${`${percent}%`.padStart(4)}               ${said}`
}

/** Microseconds per kernel: a row for each shape, a column for each period, and a column without switches. */
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

/** Slowdown factors of hogs beside each other: a row for each hog, a column for each hog beside it. */
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
