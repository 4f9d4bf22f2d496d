import { fingerprint, totalCus } from '../device/device.js'
import { limitsProcesses } from '../device/share.js'
import { describe, type Expect, expectIn, InputError } from '../errors.js'
import type { Scenario } from '../workload/scenario.js'
import {
  isInstance,
  isPooled,
  isShare,
  kernelCount,
  needsProcesses,
  ownerOf,
  type Plan,
  type PoolEntry,
} from './plan.js'

/** A plan and the scenario that it must fit. */
interface Check {
  readonly plan: Plan
  readonly scenario: Scenario
  readonly expect: Expect
}

/**
 * Checks that a plan fits a scenario: it is for the same device and the same workers, places every
 * kernel of every worker exactly once, and names only granules, compute units and priorities that
 * exist, in pool entries that its mechanism can give.
 * @param file name of the plan in the error
 * @throws InputError naming the path, what was expected and what was found
 */
export function checkPlan(plan: Plan, scenario: Scenario, file: string): void {
  const expect = expectIn(file)
  // A caller without types may have forgotten the plan, or to wait for it.
  expect(plan?.format === 'eclip.plan/1', '', 'a plan of a policy or a file', describe(plan))
  const check = { plan, scenario, expect }
  const { device } = scenario
  const print = fingerprint(device)
  expect(plan.device.fingerprint === print, 'device.fingerprint', print, plan.device.fingerprint)
  const planned = plan.workers.length
  const count = scenario.workers.length
  const workers = count === 1 ? 'one worker' : `${count} workers`
  expect(planned === count, 'workers', workers, planned)
  const canShare = !needsProcesses(plan) || limitsProcesses(device)
  expect(canShare, 'mechanism', `one that ${device.name} has`, plan.mechanism)
  for (const i of plan.pool.keys()) checkEntry(check, i)
  if (plan.mechanism === 'mig') checkApart(check)
  for (const w of plan.workers.keys()) checkWorker(check, w)
}

/** @throws InputError for what is no scenario, as a caller without types may give */
export function checkScenario(scenario: Scenario): void {
  if (isScenario(scenario)) return
  throw new InputError({
    file: 'scenario',
    expected: 'what loadScenario returns',
    found: describe(scenario),
  })
}

export function isScenario(value: object | null | undefined): value is Scenario {
  const { device, workers } = (value ?? {}) as Partial<Scenario>
  return Array.isArray(device?.granules) && Array.isArray(workers)
}

function checkEntry(check: Check, i: number): void {
  const { plan, scenario, expect } = check
  const { device } = scenario
  const entry = plan.pool[i]
  const path = `pool[${i}]`
  checkKind(check, entry, path)
  if (isPooled(entry)) {
    const outside = entry.granules.find((granule) => granule >= device.granules.length)
    const below = `granules below ${device.granules.length}`
    expect(outside === undefined, `${path}.granules`, below, outside)
  } else {
    const most = totalCus(device)
    expect(entry.cus <= most, `${path}.cus`, `at most ${most} compute units`, entry.cus)
  }
  const owner = ownerOf(entry)
  const planned = plan.workers.length
  const expected = `a worker below ${planned}${isShare(entry) ? '' : ', or null'}`
  expect(owner === null || owner < planned, `${path}.owner`, expected, owner)
}

/** Checks the kind of a pool entry. Streams can be made only of what no other mechanism has. */
function checkKind({ plan: { mechanism }, expect }: Check, entry: PoolEntry, path: string): void {
  const found = wordsFor(entry)
  if (mechanism === 'mig') {
    expect(isInstance(entry), path, 'an instance under mig: granules and memoryShare', found)
  } else if (mechanism === 'mps') {
    expect(isShare(entry), path, 'a share under mps: cus and owner', found)
  } else {
    const isStream = !isShare(entry) && !isInstance(entry)
    expect(isStream, path, 'granules, or cus without an owner', found)
  }
}

/** Hardware instances share neither compute units nor memory bandwidth. */
function checkApart({ plan, expect }: Check): void {
  const owners = new Map<number, number>()
  let memory = 0
  plan.pool.filter(isInstance).forEach(({ granules, memoryShare = 0 }, i) => {
    for (const granule of granules) {
      const other = owners.get(granule)
      expect(other === undefined, `pool[${i}].granules`, `none of pool[${other}]`, granule)
      owners.set(granule, i)
    }
    memory += memoryShare
    expect(memory <= 1, `pool[${i}].memoryShare`, 'at most 1 in all', memory)
  })
}

function checkWorker(check: Check, w: number): void {
  const { plan, scenario, expect } = check
  const worker = plan.workers[w]
  const { name, profile } = scenario.workers[w]
  const path = `workers[${w}]`
  expect(worker.model === profile.model, `${path}.model`, profile.model, worker.model)
  expect(worker.batch === profile.batch, `${path}.batch`, `${profile.batch}`, worker.batch)
  const kernels = kernelCount(worker)
  const expected = `groups of ${profile.kernels.length} kernels in all for ${name}`
  expect(kernels === profile.kernels.length, `${path}.groups`, expected, kernels)
  for (const g of worker.groups.keys()) checkGroup(check, w, g)
}

function checkGroup({ plan, scenario, expect }: Check, w: number, g: number): void {
  const { groups } = plan.workers[w]
  const { partition, priority } = groups[g]
  const path = `workers[${w}].groups[${g}]`
  const at = `${path}.partition`
  const entry = plan.pool[partition]
  expect(entry !== undefined, at, `an index below ${plan.pool.length}`, partition)
  const owner = ownerOf(entry)
  const own = isShare(entry) ? `the share of worker ${w}` : `a partition of worker ${w} or shared`
  expect(owner === null || owner === w, at, own, `one owned by ${owner}`)
  const first = groups[0].partition
  const kept = `${first}, since a process keeps its ${isShare(entry) ? 'share' : 'instance'}`
  expect(!needsProcesses(plan) || partition === first, at, kept, partition)
  const top = scenario.device.priorityLevels - 1
  expect(priority <= top, `${path}.priority`, `0 to ${top}`, priority)
}

/** The kind of a pool entry, in words. */
function wordsFor(entry: PoolEntry): string {
  if (isInstance(entry)) return 'an instance'
  if (isPooled(entry)) return 'granules'
  return isShare(entry) ? 'a share' : 'cus placed at dispatch'
}
