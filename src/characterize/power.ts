import type { EnergyMeter, Launch, PartitionedDevice } from '../binding/partitioned-device.js'
import { totalCus } from '../device/device.js'
import { partitionOf } from '../device/partition.js'
import { withCopy } from './bandwidth.js'
import { settle } from './closed-loop.js'
import { GROUP_SIZE, groupsPerCu } from './groups.js'
import type { Scale } from './scale.js'

/** Mean power in watts of a device that is idle, computes, or copies memory. */
export interface PowerLevels {
  readonly idleW: number
  /** With one compute unit full of arithmetic. */
  readonly oneCuW: number
  /** With every compute unit full of arithmetic. */
  readonly allCusW: number
  /** With every compute unit copying memory. */
  readonly copyW: number
}

/** Measures the power levels. Undefined if the device does not meter energy. */
export function measurePower(device: PartitionedDevice, scale: Scale): PowerLevels | undefined {
  const meter = device.energyMeter
  if (meter === undefined) return undefined
  repeatFor(scale.idleSettleMs, sleep)
  const idleW = meanPowerW(meter, scale.powerWindowMs, sleep)
  const sink = device.createBuffer(1)
  const burn = (groups: number): Launch => ({
    kernel: 'burn',
    groups,
    groupSize: GROUP_SIZE,
    args: [sink, scale.burnRounds],
  })
  const busyW = (launch: Launch) => powerOf(device, meter, scale, launch)
  const levels = {
    idleW,
    oneCuW: busyW(burn(groupsPerCu(device))),
    allCusW: busyW(burn(groupsPerCu(device) * totalCus(device))),
    copyW: withCopy(device, scale.copyWords, busyW),
  }
  sink.free()
  return levels
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

/** Mean power while `step` is repeated, from one step of the energy counter to another. */
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

/** Repeats `step` until the counter moves, and reads the counter then. */
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
