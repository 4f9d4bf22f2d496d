import { spinFor } from '../binding/kernels.js'
import type { MaskedStream, PartitionedDevice } from '../binding/partitioned-device.js'
import { type Partition, windowOf } from '../device/partition.js'
import { sum } from '../numbers.js'
import { runClosedLoop } from './closed-loop.js'
import type { Scale } from './scale.js'

/** Workers that switch side by side, each between its own streams. */
export interface SwitchShape {
  readonly workers: number
  readonly contexts: number
  /** Kernels between two switches, or null if there are none. */
  readonly period: number | null
}

/** One cell of the switch table. */
export interface SwitchCost extends SwitchShape {
  /** Time that a worker takes per kernel, including the kernel itself. */
  readonly usPerKernel: number
}

/** The switch table: every shape of the scale with every period, and each number of workers without switches. */
export function measureSwitchTable(
  device: PartitionedDevice,
  scale: Scale,
  progress: (text: string) => void,
): SwitchCost[] {
  return switchShapes(scale).map((shape) => {
    progress(`switches: ${shape.workers} workers, ${shape.contexts} contexts each`)
    return { ...shape, usPerKernel: measureSwitching(device, scale, shape) }
  })
}

/**
 * The cost of one switch on an otherwise quiet device, in µs: how much longer each kernel of a lone
 * worker takes if the worker switches before every one. In a chain of ten kernels a switch costs a
 * third of that, but requests have hundreds of kernels.
 */
export function switchAloneUs(table: readonly SwitchCost[]): number {
  const alone = (period: number | null): number =>
    table.find((cell) => cell.workers === 1 && cell.period === period)?.usPerKernel ?? Number.NaN
  return Math.max(0, alone(1) - alone(null))
}

function switchShapes({ switchShapes: shapes, switchPeriods }: Scale): SwitchShape[] {
  const workerCounts = new Set(shapes.map(([workers]) => workers))
  const none = [...workerCounts].map((workers) => ({
    workers,
    contexts: 1,
    period: null,
  }))
  const switching = shapes.flatMap(([workers, contexts]) =>
    switchPeriods.map((period) => ({ workers, contexts, period })),
  )
  return [...none, ...switching]
}

/** Time that a worker takes per kernel while all workers switch, in µs. */
function measureSwitching(device: PartitionedDevice, scale: Scale, shape: SwitchShape): number {
  const pool = device.createPool(homes(device.granules.length, shape))
  const chains = Array.from({ length: shape.workers }, (_, worker) => {
    const first = worker * shape.contexts
    return createChain(device, scale, pool.streams.slice(first, first + shape.contexts), shape)
  })
  const { completed, elapsedUs } = runClosedLoop(chains, scale.windowMs)
  for (const chain of chains) chain.close()
  device.synchronize()
  pool.close()
  return (elapsedUs * shape.workers) / (sum(completed) * scale.chainKernels)
}

/** The partitions of all workers: staggered windows of increasing size, as in a plan. */
function homes(granules: number, { workers, contexts }: SwitchShape): Partition[] {
  return Array.from({ length: workers * contexts }, (_, i) => {
    const [worker, context] = [Math.floor(i / contexts), i % contexts]
    const length = Math.ceil((granules * ((context % 4) + 1)) / 4)
    return windowOf(Math.floor((worker * granules) / 8), length, granules)
  })
}

function createChain(
  device: PartitionedDevice,
  scale: Scale,
  streams: readonly MaskedStream[],
  { period }: SwitchShape,
) {
  const launch = spinFor(device, scale.spinUs)
  const steps = Array.from({ length: scale.chainKernels }, (_, kernel) => ({
    stream: streams[period === null ? 0 : Math.floor(kernel / period) % streams.length],
    launch,
  }))
  return device.createChain(steps)
}
