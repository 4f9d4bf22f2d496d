import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { mi50 } from '../device/catalog/mi50.js'
import type { Device } from '../device/device.js'
import { windowOf } from '../device/partition.js'
import { buildPlan, groupKernels, PoolBuilder } from '../plan/build.js'
import { MECHANISMS, type Plan } from '../plan/plan.js'
import type { Kernel, Profile } from '../profile/profile.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'

/** A scenario and a plan that fits it. */
export interface Run {
  readonly scenario: Scenario
  readonly plan: Plan
}

const kernel = fc
  .record({
    blocks: fc.integer({ min: 1, max: 3000 }),
    threads: fc.constantFrom(32, 128, 384, 1024),
    registers: fc.constantFrom(16, 32, 64),
    sharedMemoryBytes: fc.constantFrom(0, 8192, 60_000),
    us: fc.integer({ min: 1, max: 60 }),
    scaling: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(
    ({ blocks, threads, registers, sharedMemoryBytes, us, scaling }): Kernel => ({
      name: 'random',
      grid: [blocks, 1, 1],
      block: [threads, 1, 1],
      registers,
      sharedMemoryBytes,
      durationUs: { 15: us * (1 + 8 * scaling), 132: us },
    }),
  )

const profile = fc.array(kernel, { minLength: 1, maxLength: 12 }).map(
  (kernels): Profile => ({
    format: 'eclip.profile/1',
    model: 'random',
    batch: 1,
    device: 'any',
    source: 'synthesized',
    kernels,
  }),
)

/** Kernels that run on parallel lanes somewhere in the request, like those of a grouped convolution. */
const branchedProfile = profile.map((base): Profile => {
  const chains = Math.floor(base.kernels.length / 2)
  if (chains < 2) return base
  return { ...base, parallel: [{ first: 0, count: 2 * chains, chain: 2, lanes: 3 }] }
})

const choice = fc.record({
  start: fc.nat(),
  length: fc.integer({ min: 1, max: 60 }),
  priority: fc.nat(),
  placed: fc.boolean(),
})

type Mechanism = Plan['mechanism']

/** Devices on which a plan of the mechanism can be carried out. */
const machines = fc.oneof(
  fc.record({ device: fc.constant<Device>(h200), mechanism: fc.constantFrom(...MECHANISMS) }),
  fc.record({
    device: fc.constant<Device>(mi50),
    mechanism: fc.constantFrom(
      ...MECHANISMS.filter((mechanism) => mechanism !== 'mps' && mechanism !== 'mig'),
    ),
  }),
)

/** Random mixes of 1 to 6 workers under random plans, on either device, with any mechanism. */
export const anyRun: fc.Arbitrary<Run> = runsOn(machines)

/** Random mixes of 1 to 6 workers under random plans. */
export function runsOn(
  on: fc.Arbitrary<{ readonly device: Device; readonly mechanism: Mechanism }>,
): fc.Arbitrary<Run> {
  return fc
    .record({
      machine: on,
      profiles: fc.array(fc.oneof(profile, branchedProfile), { minLength: 1, maxLength: 6 }),
      choices: fc.array(choice, { minLength: 1, maxLength: 8 }),
    })
    .map(({ machine: { device, mechanism }, profiles, choices }) =>
      randomRun(device, mechanism, profiles, choices),
    )
}

function randomRun(
  device: Device,
  mechanism: Mechanism,
  profiles: readonly Profile[],
  choices: readonly { start: number; length: number; priority: number; placed: boolean }[],
): Run {
  const scenario: Scenario = {
    device,
    workers: profiles.map((own, i) => closedLoopWorker(`random#${i}`, own)),
  }
  const pool = new PoolBuilder()
  if (mechanism === 'mig') {
    for (const w of profiles.keys()) pool.instance([2 * w, 2 * w + 1], 1 / 8)
  }
  let next = 0
  const groups = profiles.map((own, w) =>
    groupKernels(
      own.kernels.map(() => {
        const { start, length, priority, placed } = choices[next++ % choices.length]
        const granules = windowOf(start, length, device.granules.length)
        const entry = (): number => {
          if (mechanism === 'mig') return w
          if (mechanism === 'mps') return pool.share(choices[w % choices.length].length, w)
          if (mechanism === 'hardware' && placed)
            return pool.placed(length, start % 2 === 0 ? 'none' : undefined)
          return pool.pooled(granules, w)
        }
        return { partition: entry(), priority: priority % device.priorityLevels }
      }),
    ),
  )
  const evidence = { policy: 'random', parameters: {} }
  return {
    scenario,
    plan: buildPlan(scenario, { mechanism, pool: pool.entries, groups, evidence }),
  }
}
