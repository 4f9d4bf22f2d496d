import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemand } from '../../io/demand.js'
import type { DeviceKind } from '../backend/devices.js'
import { firstPlan } from './first-plan.js'
import { roughPlan } from './rough-plan.js'

/** A demand for which size finishes quickly. */
const DEMAND = loadDemand('alexnet/32:50@100ms', 'h200')

async function planned({ mostS, kind = 'sim' }: { mostS: number; kind?: DeviceKind }) {
  const log: [string, Readonly<Record<string, unknown>>][] = []
  const plan = await firstPlan(DEMAND, kind, mostS, (...line) => log.push(line))
  return { plan, events: log.map(([event]) => event), last: log.at(-1)?.[1] }
}

test('size searches for the plan, and the log says how much it carries', async () => {
  const { plan, events, last } = await planned({ mostS: 600 })
  assert.deepEqual([plan.evidence.policy, last?.policy], ['size', 'size'])
  assert.deepEqual(events, ['planning', 'planned'])
  assert.equal(plan.evidence.predicted?.goodput, last?.goodput)
  assert.match(`${last?.reason}`, /^carries \d+\.\d\d times the demand$/)
})

test('when it takes too long, a rough plan serves', async () => {
  const { plan, last } = await planned({ mostS: 0.001 })
  assert.deepEqual(plan, roughPlan(DEMAND))
  assert.deepEqual(last, { policy: 'rough', reason: 'planning takes longer than 0.001 s' })
})

test('a rough plan serves at once if no other is wanted', async () => {
  for (const options of [{ mostS: 0 }, { mostS: 600, kind: 'cpu' }] as const) {
    const { plan, events } = await planned(options)
    assert.deepEqual(plan, roughPlan(DEMAND))
    assert.deepEqual(events, ['planned'])
  }
})
