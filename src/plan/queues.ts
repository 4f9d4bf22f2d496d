import type { Device } from '../device/device.js'
import { sum } from '../numbers.js'
import type { Plan, WorkerPlan } from './plan.js'

/** Whether a plan's requests are submitted as a whole, and so wait in the device's hardware queues. */
export function waitsInQueues({ costs }: Device, { mechanism }: Plan): boolean {
  return mechanism === 'pooled' && !costs.hostLaunchUs
}

/**
 * How many hardware queues a worker's request occupies: one, plus one for each stretch of kernels away
 * from the partition it starts on (docs/hardware.md, Hardware queues). Parallel branches may occupy
 * more.
 */
export function queuesPerRequest({ groups }: WorkerPlan): number {
  const [home] = groups
  const away = groups.filter(
    ({ partition }, i) => partition !== home.partition && partition !== groups[i - 1].partition,
  )
  return 1 + away.length
}

/** A warning if a plan needs more queues than the device has, because workers then wait for each other. */
export function queueCaution(device: Device, plan: Plan): string | undefined {
  const { queueLimit } = device
  if (!waitsInQueues(device, plan)) return undefined
  const needed = sum(plan.workers.map(queuesPerRequest))
  if (needed <= queueLimit) return undefined
  return `requests of all workers together take ${needed} hardware queues of ${queueLimit}: workers will wait for each other; fewer switches avoid it`
}
