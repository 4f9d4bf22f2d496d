import type { Device } from '../device/device.js'
import { isPooled, type Plan } from '../plan/plan.js'
import type { Machine } from './machine.js'
import type { Program } from './program.js'

/** When a kernel may be dispatched after its predecessor ended, by the plan's mechanism. */
export interface Transition {
  /** Earliest time in µs at which the kernel of `row` is ready; its predecessor ended `nowUs`. */
  readyUs(machine: Machine, row: number, nowUs: number): number
}

/** The rule of a plan's mechanism on a device. */
export function transitionOf(device: Device, plan: Plan, program: Program): Transition {
  const { costs } = device
  const overloadUs =
    costs.streamOverloadUs * Math.max(0, maskedStreams(device, plan) - device.queueLimit)
  const gapUs = (machine: Machine, row: number): number =>
    program.gapUs[row] + overloadUs + costs.launchGapPerWorkerUs * (machine.active - 1)
  switch (plan.mechanism) {
    case 'mask-call':
      return {
        readyUs: (machine, row, nowUs) => nowUs + gapUs(machine, row) + costs.maskCallUs.mean,
      }
    case 'hardware':
      return {
        readyUs: (machine, row, nowUs) => nowUs + gapUs(machine, row) + costs.hardwareMaskUs,
      }
    case 'pooled':
      return pooledTransition(device, program, gapUs)
  }
}

/**
 * A switch between pooled streams costs its own latency and a barrier, and holds the device-wide
 * switch path: switches of several workers queue for it.
 */
function pooledTransition(
  device: Device,
  program: Program,
  gapUs: (machine: Machine, row: number) => number,
): Transition {
  const { switchUs, switchSerialUs, barrierUs } = device.costs
  return {
    readyUs(machine, row, nowUs) {
      const plainUs = nowUs + gapUs(machine, row)
      if (program.partition[row] === program.partition[row - 1]) return plainUs
      const alone = machine.active <= 1
      if (alone) return plainUs + switchUs + barrierUs
      const startUs = Math.max(nowUs, machine.switchFreeUs)
      machine.switchFreeUs = startUs + switchSerialUs
      return Math.max(plainUs + barrierUs, machine.switchFreeUs)
    },
  }
}

/** Pool entries that mask part of the device. */
function maskedStreams(device: Device, plan: Plan): number {
  return plan.pool.filter(
    (entry) => isPooled(entry) && entry.granules.length < device.granules.length,
  ).length
}
