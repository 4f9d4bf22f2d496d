import { partitionOf } from '../../device/partition.js'
import { sum } from '../../numbers.js'
import type { EnergyMeter, Launch, PartitionedDevice } from '../partitioned-device.js'
import { withCopy } from './bandwidth.js'
import { settle } from './closed-loop.js'
import type { Scale } from './scale.js'

/** Long enough that the host keeps the device busy, short enough to end the window in time. */
const BURST_US = 2000

/** Mean power in watts of a device that does nothing, spins, or copies. */
export interface PowerLevels {
  readonly idleW: number
  /** One compute unit spinning. */
  readonly oneCuW: number
  /** Every compute unit spinning. */
  readonly allCusW: number
  /** Every compute unit copying memory. */
  readonly copyW: number
}

/** Undefined where the device meters nothing. Idle is measured first: clocks fall slowly. */
export function measurePower(device: PartitionedDevice, scale: Scale): PowerLevels | undefined {
  const meter = device.energyMeter
  if (meter === undefined) return undefined
  const cus = sum(device.granules.map((granule) => granule.cus))
  const idleW = meanPowerW(meter, scale.powerWindowMs, sleep)
  const spin = (groups: number): Launch => ({
    kernel: 'spin',
    groups,
    groupSize: 1,
    args: [Math.round(BURST_US * device.ticksPerUs)],
  })
  const busyW = (launch: Launch) => powerOf(device, meter, scale, launch)
  return {
    idleW,
    oneCuW: busyW(spin(1)),
    allCusW: busyW({ ...spin(cus), groupSize: device.cu.warpSize }),
    copyW: withCopy(device, scale.copyWords, busyW),
  }
}

function powerOf(
  device: PartitionedDevice,
  meter: EnergyMeter,
  scale: Scale,
  launch: Launch,
): number {
  const pool = device.createPool([partitionOf(device.granules.keys())])
  const [stream] = pool.streams
  const burst = () => {
    stream.launch(launch)
    return stream.record()
  }
  let queued = burst()
  const power = meanPowerW(meter, scale.powerWindowMs, () => {
    const next = burst()
    settle(queued)
    queued = next
  })
  settle(queued)
  pool.close()
  return power
}

/** Mean power while `step` is repeated; the counter's steps are waited for at both ends. */
function meanPowerW(meter: EnergyMeter, windowMs: number, step: () => void): number {
  repeatFor(windowMs / 4, step)
  const start = nextReading(meter, step)
  repeatFor(windowMs, step)
  const end = nextReading(meter, step)
  return (1000 * (end.energyJ - start.energyJ)) / (end.ms - start.ms)
}

function repeatFor(milliseconds: number, step: () => void): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end) step()
}

/** The counter right after it has moved. */
function nextReading(meter: EnergyMeter, step: () => void): { energyJ: number; ms: number } {
  const before = meter.energyJ()
  for (;;) {
    step()
    const energyJ = meter.energyJ()
    if (energyJ !== before) return { energyJ, ms: performance.now() }
  }
}

/** Leaves the device alone for a millisecond. */
function sleep(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
}
