/** What files may leave out has a value at which nothing happens, or at which it is as within one process. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import type { Device } from '../device/device.js'
import { windowOf } from '../device/partition.js'
import { loadShippedProfile } from '../io/library.js'
import { buildPlan, type PlanDraft } from '../plan/build.js'
import type { Kernel, Profile } from '../profile/profile.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'
import { simulate } from './simulate.js'

const { costs, contention } = h200

type Numbers = Readonly<Record<string, number | undefined>>

const NEUTRAL: Readonly<Record<'costs' | 'contention' | 'power', Numbers>> = {
  costs: {
    ...{ sharedLaunchGapUs: 0, mpsGapUs: 0, shortestKernelUs: 0, dispatchUs: 0 },
    ...{ hostTurnaroundPerWorkerUs: 0, hostLaunchUs: 0 },
    processGapPerWorkerUs: costs.launchGapPerWorkerUs,
  },
  contention: {
    processColdStartUs: contention.coldStartUs,
    toldForeignLoad: contention.foreignLoad,
  },
  power: { cuWorkW: 0, sharedEnergyShare: 0 },
}

const shipped = ['alexnet', 'albert'].map((model) =>
  loadShippedProfile('h200', model, 8, { file: 'test', path: '' }),
)
const withoutPower = shipped.map(({ powerW: _, ...profile }) => profile as Profile)

function scenarioOf(device: Device, profiles: readonly Profile[]): Scenario {
  return {
    device,
    workers: profiles.map((profile, w) => closedLoopWorker(`w${w}`, profile)),
  }
}

/** What two workers do on a half of the device each, within one process or in processes of their own. */
function runOf(device: Device, profiles: readonly Profile[], mechanism: 'pooled' | 'mps') {
  const scenario = scenarioOf(device, profiles)
  const pool: PlanDraft['pool'] = profiles.map((_, owner) =>
    mechanism === 'mps' ? { cus: 66, owner } : { granules: windowOf(8 * owner, 8, 16), owner },
  )
  const groups = profiles.map(({ kernels }, partition) => [
    { kernels: kernels.length, partition, priority: 0 },
  ])
  const evidence = { policy: 'test', parameters: {} }
  const plan = buildPlan(scenario, { mechanism, pool, groups, evidence })
  return simulate(scenario, plan, { warmupUs: 5000, durationUs: 25_000 })
}

for (const [group, values] of Object.entries(NEUTRAL))
  for (const [field, neutral] of Object.entries(values))
    test(`a device without ${group}.${field} is one on which it is neutral`, () => {
      const having = (value: number | undefined): Device => {
        const { [field]: _, ...others } = h200[group as keyof typeof NEUTRAL] as Numbers
        const changed = value === undefined ? others : { ...others, [field]: value }
        return { ...h200, [group]: changed } as Device
      }
      const profiles = group === 'power' && field === 'cuWorkW' ? withoutPower : shipped
      for (const mechanism of ['pooled', 'mps'] as const) {
        const absent = runOf(having(undefined), profiles, mechanism)
        assert.deepEqual(absent, runOf(having(neutral), profiles, mechanism))
        assert.ok(absent.workers.every(({ completed }) => completed > 0))
      }
    })

test('a kernel without memsets or clusters is one with none, and with clusters of one block', () => {
  const withKernels = (change: (kernel: Kernel) => Kernel) =>
    shipped.map((profile) => ({ ...profile, kernels: profile.kernels.map(change) }))
  const bare = withKernels(
    ({ memsetsBefore: _, memsetUs: __, clusterBlocks: ___, ...kernel }) => kernel,
  )
  const absent = runOf(h200, bare, 'pooled')
  for (const neutral of [{ memsetsBefore: 0 }, { clusterBlocks: 1 }]) {
    const profiles = bare.map((profile) => ({
      ...profile,
      kernels: profile.kernels.map((kernel) => ({ ...kernel, ...neutral })),
    }))
    assert.deepEqual(runOf(h200, profiles, 'pooled'), absent)
  }
})
