import { fingerprint, limitsProcesses, totalCus } from '../device/device.js'
import { InputError } from '../errors.js'
import type { Scenario } from '../workload/scenario.js'
import {
  isInstance,
  isPooled,
  isShare,
  kernelCount,
  ownerOf,
  type Plan,
  type PoolEntry,
  type PooledPartition,
} from './plan.js'

/**
 * Checks that a plan fits a scenario: it is for the same device and the same workers, places every
 * kernel of every worker exactly once, and names only granules, compute units and priorities that
 * exist, in pool entries that its mechanism can give.
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
  const count = scenario.workers.length
  const workers = count === 1 ? 'one worker' : `${count} workers`
  expect(planned === count, 'workers', workers, `${planned}`)
  const needsProcesses = plan.mechanism === 'mps' || plan.mechanism === 'mig'
  const canShare = !needsProcesses || limitsProcesses(device)
  expect(canShare, 'mechanism', `one that ${device.name} has`, plan.mechanism)
  plan.pool.forEach((entry, i) => {
    const path = `pool[${i}]`
    if (plan.mechanism === 'mig') {
      expect(
        isInstance(entry),
        path,
        'an instance under mig: granules and memoryShare',
        wordsFor(entry),
      )
    } else if (plan.mechanism === 'mps') {
      expect(isShare(entry), path, 'a share under mps: cus and owner', wordsFor(entry))
    } else {
      const isStream = !isShare(entry) && !isInstance(entry)
      expect(isStream, path, 'granules, or cus without an owner', wordsFor(entry))
    }
    if (isPooled(entry)) {
      const outside = entry.granules.find((granule) => granule >= device.granules.length)
      const below = `granules below ${device.granules.length}`
      expect(outside === undefined, `${path}.granules`, below, `${outside}`)
    } else {
      const most = totalCus(device)
      expect(entry.cus <= most, `${path}.cus`, `at most ${most} compute units`, `${entry.cus}`)
    }
    const owner = ownerOf(entry)
    const known = owner === null || owner < planned
    const expected = `a worker below ${planned}${isShare(entry) ? '' : ', or null'}`
    expect(known, `${path}.owner`, expected, `${owner}`)
  })
  if (plan.mechanism === 'mig') checkApart(plan.pool.filter(isInstance), expect)
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
      const owner = ownerOf(entry)
      expect(
        owner === null || owner === i,
        `${at}.partition`,
        isShare(entry) ? `the share of worker ${i}` : `a partition of worker ${i} or shared`,
        `one owned by ${owner}`,
      )
      const { partition } = worker.groups[0]
      expect(
        !needsProcesses || group.partition === partition,
        `${at}.partition`,
        `${partition}, since a process keeps its ${isShare(entry) ? 'share' : 'instance'}`,
        `${group.partition}`,
      )
      const top = device.priorityLevels - 1
      expect(group.priority <= top, `${at}.priority`, `0 to ${top}`, `${group.priority}`)
    })
  })
}

/** Hardware instances share nothing: neither compute units nor memory bandwidth. */
function checkApart(
  instances: readonly PooledPartition[],
  expect: (holds: boolean, path: string, expected: string, found: string) => void,
): void {
  const owners = new Map<number, number>()
  let memory = 0
  instances.forEach(({ granules, memoryShare = 0 }, i) => {
    for (const granule of granules) {
      const other = owners.get(granule)
      expect(other === undefined, `pool[${i}].granules`, `none of pool[${other}]`, `${granule}`)
      owners.set(granule, i)
    }
    memory += memoryShare
    expect(memory <= 1, `pool[${i}].memoryShare`, 'at most 1 in all', `${memory}`)
  })
}

/** The kind of a pool entry. */
function wordsFor(entry: PoolEntry): string {
  if (isInstance(entry)) return 'an instance'
  if (isPooled(entry)) return 'granules'
  return isShare(entry) ? 'a share' : 'cus placed at dispatch'
}
