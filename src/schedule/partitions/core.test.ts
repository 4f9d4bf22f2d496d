import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputError } from '../../errors.js'
import { createRandom } from '../../random.js'
import { batching } from './batching.js'
import { SchedulingCore } from './core.js'
import { schedulerNamed } from './registry.js'
import { HOLD, type Scheduler } from './scheduler.js'
import { serviceTable } from './view.js'

/** A core over partitions with 10 us per sample, and a log of what it asked for. */
function coreWith(scheduler: Scheduler, partitions: number) {
  const log: string[] = []
  const row = Array.from({ length: 9 }, (_, batch) => batch * 10)
  const table = serviceTable(Array.from({ length: partitions }, () => row))
  const core = new SchedulingCore(table, 100, scheduler, {
    launch: (partition, samples) => log.push(`launch ${partition} ${samples}`),
    complete: (tag, arrivalUs, partition) =>
      log.push(`done ${tag} from ${arrivalUs} on ${partition}`),
  })
  return { core, log }
}

test('first idle first served holds requests in order until a partition is idle', () => {
  const { core, log } = coreWith(schedulerNamed('fifs').create(createRandom(1)), 2)
  core.arrive(0, 1, 100)
  core.arrive(1, 2, 101)
  core.arrive(2, 3, 102)
  core.arrive(3, 4, 103)
  assert.equal(core.view.held, 2)
  core.finish(10, 0)
  core.finish(21, 1)
  assert.deepEqual(log, [
    'launch 0 1',
    'launch 1 2',
    'done 100 from 0 on 0',
    'launch 0 3',
    'done 101 from 1 on 1',
    'launch 1 4',
  ])
})

test('a request queued at a partition runs after the one before it', () => {
  const { core, log } = coreWith(schedulerNamed('elsa').create(createRandom(1)), 1)
  core.arrive(0, 2, 0)
  core.arrive(5, 3, 1)
  assert.equal(core.view.waitUs(0), 15 + 30)
  core.finish(20, 0)
  assert.equal(core.view.waitUs(0), 30)
  assert.deepEqual(log, ['launch 0 2', 'done 0 from 0 on 0', 'launch 0 3'])
})

test('batching merges as much as its oldest request can afford', () => {
  const { core, log } = coreWith(batching.create(createRandom(1)), 1)
  core.arrive(0, 1, 0)
  for (const tag of [1, 2, 3, 4, 5]) core.arrive(tag, 2, tag)
  core.finish(10, 0)
  // Request 1 arrived at 1, so at 10 it has 91 us left, enough for 8 samples, which
  // is the largest batch in the table.
  assert.equal(log.at(-1), 'launch 0 8')
  assert.deepEqual(core.tagsRunningOn(0), [1, 2, 3, 4])
  core.finish(90, 0)
  assert.equal(log.at(-1), 'launch 0 2')
})

test('a newcomer does not overtake the shared queue', () => {
  const { core, log } = coreWith(schedulerNamed('fifs').create(createRandom(1)), 1)
  core.arrive(0, 1, 0)
  core.arrive(1, 5, 1)
  core.arrive(2, 1, 2)
  core.finish(10, 0)
  assert.equal(log.at(-1), 'launch 0 5')
})

test('a newcomer waits behind a held request even if it could start at once', () => {
  const onlySmall: Scheduler = { decide: (_view, batch) => (batch > 4 ? HOLD : 0) }
  const { core, log } = coreWith(onlySmall, 1)
  core.arrive(0, 5, 0)
  core.arrive(1, 1, 1)
  assert.deepEqual(log, [])
})

test('partitions have at least a latency for batch 1, and all have as many latencies', () => {
  for (const rows of [
    [],
    [[]],
    [[0]],
    [
      [0, 10],
      [0, 10, 20],
    ],
  ]) {
    assert.throws(() => serviceTable(rows), InputError)
  }
  const { partitions, maxBatch } = serviceTable([
    [0, 10],
    [0, 20],
  ])
  assert.deepEqual([partitions, maxBatch], [2, 1])
})
