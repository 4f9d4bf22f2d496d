import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../random.js'
import { poissonGaps } from '../arrivals.js'
import { weightedBatches } from './batch-sizes.js'
import { findCapacity } from './capacity.js'
import { schedulerNamed } from './registry.js'
import { drawnRequests, recordRequests } from './requests.js'
import { HOLD } from './scheduler.js'
import { ScheduleView, serviceTable } from './view.js'

/** Rows of latencies by batch: two small partitions, a large one and a middle one. */
const SMALL = [0, 90, 180]
const MIDDLE = [0, 50, 80]
const LARGE = [0, 40, 50]
const table = serviceTable([SMALL, SMALL, LARGE, MIDDLE])

function decideOf(name: string) {
  const scheduler = schedulerNamed(name).create(createRandom(1))
  return (view: ScheduleView) => scheduler.decide(view, 1)
}

test('partitions are ranked by size both ways, and by index if they are alike', () => {
  const view = new ScheduleView(table, 1000)
  assert.deepEqual([...view.smallToLarge], [0, 1, 3, 2])
  assert.deepEqual([...view.largeToSmall], [2, 3, 0, 1])
})

for (const name of ['fifs', 'batching', 'least-loaded']) {
  test(`${name}: of several idle partitions takes the largest, of equal ones the first`, () => {
    const decide = decideOf(name)
    const view = new ScheduleView(table, 1000)
    for (const expected of [2, 3, 0, 1]) {
      assert.equal(decide(view), expected)
      view.running[expected] = 1
      view.busyUntilUs[expected] = 100
    }
  })
}

test('round-robin starts with the first partition and comes back to it', () => {
  const decide = decideOf('round-robin')
  const view = new ScheduleView(table, 1000)
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => decide(view)),
    [0, 1, 2, 3, 0],
  )
})

test('fifs holds a request while all are busy; least-loaded takes the least work, however small', () => {
  const view = new ScheduleView(table, 1000)
  view.running.fill(1)
  view.busyUntilUs.set([70, 60, 65, 80])
  assert.equal(decideOf('fifs')(view), HOLD)
  assert.equal(decideOf('least-loaded')(view), 1)
  view.queuedUs[1] = 6
  assert.equal(decideOf('least-loaded')(view), 2)
})

test('what a layout carries does not depend on the order of its partitions', () => {
  const random = createRandom(5)
  const batches = weightedBatches(
    [
      [1, 3],
      [2, 1],
    ],
    2,
    'test',
  )
  const record = recordRequests(drawnRequests(4000, poissonGaps(random), batches, random), 4000)
  for (const name of ['fifs', 'least-loaded', 'batching', 'elsa']) {
    const carried = [
      [SMALL, MIDDLE, LARGE],
      [LARGE, MIDDLE, SMALL],
    ].map(
      (rows) =>
        findCapacity({
          table: serviceTable(rows),
          scheduler: schedulerNamed(name),
          slaUs: 170,
          quantile: 0.95,
          replications: [record],
          tolerance: 0.005,
        }).ratePerS,
    )
    assert.equal(carried[0], carried[1], name)
  }
})
