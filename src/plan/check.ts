import { fingerprint, totalCus } from '../device/device.js'
import { InputError } from '../errors.js'
import type { Scenario } from '../workload/scenario.js'
import { isPooled, kernelCount, type Plan } from './plan.js'

/**
 * Checks that a plan fits a scenario: it is for the same device and the same workers, places every
 * kernel of every worker exactly once, and names only granules and priorities that exist.
 * @param file name of the plan in the error
 * @throws InputError naming the path, what was expected and what was found
 */
export function checkPlan(plan: Plan, scenario: Scenario, file: string): void {
  const expect = (holds: boolean, path: string, expected: string, found: string): void => {
    if (!holds) throw new InputError({ file, path, expected, found })
  }
  const { device } = scenario
  const print = fingerprint(device)
  expect(plan.device.fingerprint === print, 'device.fingerprint', print, plan.device.fingerprint)
  const planned = plan.workers.length
  expect(
    planned === scenario.workers.length,
    'workers',
    `${scenario.workers.length} workers`,
    `${planned}`,
  )
  const cus = totalCus(device)
  plan.pool.forEach((entry, i) => {
    if (!isPooled(entry)) {
      expect(entry.cus <= cus, `pool[${i}].cus`, `at most ${cus}`, `${entry.cus}`)
      return
    }
    const outside = entry.granules.find((granule) => granule >= device.granules.length)
    expect(
      outside === undefined,
      `pool[${i}].granules`,
      `granules below ${device.granules.length}`,
      `${outside}`,
    )
    const known = entry.owner === null || entry.owner < planned
    expect(known, `pool[${i}].owner`, `a worker below ${planned}, or null`, `${entry.owner}`)
  })
  plan.workers.forEach((worker, i) => {
    const { name, profile } = scenario.workers[i]
    const path = `workers[${i}]`
    expect(worker.model === profile.model, `${path}.model`, profile.model, worker.model)
    expect(worker.batch === profile.batch, `${path}.batch`, `${profile.batch}`, `${worker.batch}`)
    const kernels = kernelCount(worker)
    expect(
      kernels === profile.kernels.length,
      `${path}.groups`,
      `groups of ${profile.kernels.length} kernels in all for ${name}`,
      `${kernels}`,
    )
    worker.groups.forEach((group, g) => {
      const at = `${path}.groups[${g}]`
      const entry = plan.pool[group.partition]
      expect(
        entry !== undefined,
        `${at}.partition`,
        `an index below ${plan.pool.length}`,
        `${group.partition}`,
      )
      const own = !isPooled(entry) || entry.owner === null || entry.owner === i
      expect(
        own,
        `${at}.partition`,
        `a partition of worker ${i} or shared`,
        `one owned by ${isPooled(entry) ? entry.owner : ''}`,
      )
      const top = device.priorityLevels - 1
      expect(group.priority <= top, `${at}.priority`, `0 to ${top}`, `${group.priority}`)
    })
  })
}
