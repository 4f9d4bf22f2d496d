import type { Device } from '../../device/device.js'
import { isPooled, type Plan } from '../../plan/plan.js'
import type { Random } from '../../random.js'
import { erraticCosts } from './erratic.js'
import { addedGapUs } from './gaps.js'
import type { Machine } from './machine.js'
import type { Program } from './program.js'

/** When a kernel may be dispatched after its predecessor ended, by the plan's mechanism. */
export interface Transition {
  /**
   * The earliest time in µs at which the worker's kernel of `row` can be dispatched, if the kernel
   * before it ended at `nowUs`.
   * @param previous row of the kernel that ran before it in its lane
   */
  readyUs(machine: Machine, worker: number, row: number, previous: number, nowUs: number): number
}

/** How the mechanism of a plan gets from one kernel to the next on a device. */
export function transitionOf(
  device: Device,
  plan: Plan,
  program: Program,
  random: Random,
): Transition {
  const { costs } = device
  const erratic = erraticCosts(device, maskedStreams(device, plan), random)
  const perWorkerUs =
    plan.mechanism === 'mps'
      ? (costs.processGapPerWorkerUs ?? costs.launchGapPerWorkerUs)
      : costs.launchGapPerWorkerUs
  const issuedUs = (machine: Machine, worker: number, row: number): number =>
    machine.requestStartUs[worker] + (costs.hostLaunchUs ?? 0) * (row - program.firstRow[worker])
  const plainUs: Transition['readyUs'] = (machine, worker, row, _previous, nowUs) => {
    const sharedUs =
      (machine.active > 1 ? (costs.sharedLaunchGapUs ?? 0) : 0) +
      perWorkerUs * disturbance(machine, program, worker, row)
    const gapUs = program.gapUs[row] + addedGapUs(sharedUs, program.profiledGapUs[row])
    return Math.max(nowUs + gapUs + erratic.overloadUs(), issuedUs(machine, worker, row))
  }
  switch (plan.mechanism) {
    case 'mask-call':
      return { readyUs: (...at) => plainUs(...at) + erratic.maskCallUs() }
    case 'hardware':
      return { readyUs: (...at) => plainUs(...at) + costs.hardwareMaskUs }
    case 'mps':
      return { readyUs: plainUs }
    case 'mig':
      return {
        readyUs: (machine, worker, row, _previous, nowUs) =>
          Math.max(nowUs + program.gapUs[row], issuedUs(machine, worker, row)),
      }
    case 'pooled':
      return pooledTransition(device, program, plainUs, issuedUs)
  }
}

/**
 * A switch between pooled streams costs its own latency and, if the predecessor still runs when
 * the kernel is issued, a barrier packet on its completion signal (ECLIP section 3). A memset node in
 * the default context costs two switches, there and back.
 */
function pooledTransition(
  device: Device,
  program: Program,
  plainUs: Transition['readyUs'],
  issuedUs: (machine: Machine, worker: number, row: number) => number,
): Transition {
  const { switchUs, barrierUs } = device.costs
  return {
    readyUs(machine, worker, row, previous, nowUs) {
      const readyUs = plainUs(machine, worker, row, previous, nowUs)
      const moved = program.partition[row] === program.partition[previous] ? 0 : 1
      const returns = 2 * program.memsets[row]
      if (moved + returns === 0) return readyUs
      const isDone = issuedUs(machine, worker, row) > nowUs
      return readyUs + (moved + returns) * switchUs + (isDone ? 0 : barrierUs)
    },
  }
}

/**
 * How much a worker at a kernel of a lower priority holds up a launch, as a share of what any other does. In
 * 189 runs of the H200's seven models, those first in priority come out right at a half, 4 % too slow at 1 and 5 % too
 * fast at 0.
 */
const LOWER_PRIORITY_SHARE = 0.5

/**
 * How much other workers hold up the launch of the worker's kernel of `row`: 1 for each with a request in
 * flight that does so fully, less for those at a kernel of a lower priority.
 */
function disturbance(machine: Machine, program: Program, worker: number, row: number): number {
  const { firstLane, priority, activity } = program
  const { isActive, level } = machine
  const own = priority[row] + level[worker]
  let total = 0
  for (let other = 0; other < program.workers; other++) {
    if (other === worker || isActive[other] === 0) continue
    const theirs = priority[machine.row[firstLane[other]]] + level[other]
    total += theirs < own ? LOWER_PRIORITY_SHARE * activity[other] : activity[other]
  }
  return total
}

/** How many pool entries mask off a part of the device. */
export function maskedStreams(device: Device, plan: Plan): number {
  return plan.pool.filter(
    (entry) => isPooled(entry) && entry.granules.length < device.granules.length,
  ).length
}
