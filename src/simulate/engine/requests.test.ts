import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Program } from '../model/program.js'
import { progressByRow, Requests } from './requests.js'

test('progress is the share of its own request that lies before a kernel, for every worker', () => {
  const program = {
    workers: 2,
    firstRow: Int32Array.from([0, 3]),
    rowCount: Int32Array.from([3, 2]),
    blocks: new Int32Array(5),
    soloUs: Float64Array.from([1, 2, 1, 3, 1]),
  } as unknown as Program
  assert.deepEqual([...progressByRow(program)], [0, 0.25, 0.75, 0, 0.75])
})

test('requests are served in the order in which they came, one at a time', () => {
  const requests = new Requests()
  assert.equal(requests.arrive(10), true)
  assert.equal(requests.arrive(20), false)
  assert.equal(requests.arrive(25), false)
  assert.equal(requests.waiting, 2)
  assert.equal(requests.finish(40), true)
  assert.equal(requests.finish(50), true)
  assert.equal(requests.finish(90), false)
  assert.deepEqual([requests.waiting, requests.serving, requests.finished], [0, false, 3])
  const { latenciesUs, completed, busyShare, arrivalsPerSecond, requestsPerSecond } =
    requests.result(3, 110, 1e-4)
  assert.deepEqual([...latenciesUs], [30, 30, 65])
  assert.equal(completed, 3)
  assert.equal(busyShare, 0.8)
  assert.ok(Math.abs(arrivalsPerSecond - 30_000) < 1e-6)
  assert.ok(Math.abs(requestsPerSecond - 30_000) < 1e-6)
})

test('requests before the reset do not count, except those still in flight', () => {
  const requests = new Requests()
  requests.arrive(0)
  requests.finish(10)
  requests.arrive(50)
  requests.reset(1.4, 100)
  const during = requests.result(1.9, 200, 1e-4)
  assert.deepEqual([during.completed, during.arrivalsPerSecond, during.busyShare], [0, 0, 1])
  assert.ok(Math.abs(during.requestsPerSecond - 5000) < 1e-6)
  requests.finish(150)
  const { latenciesUs, busyShare } = requests.result(2, 200, 1e-4)
  assert.deepEqual([...latenciesUs], [100])
  assert.equal(busyShare, 0.5)
})

test('however many requests there are, each has its latency, in ascending order', () => {
  const requests = new Requests()
  // All come together, and one ends every 2 us.
  const count = 1500
  for (let i = 0; i < count; i++) requests.arrive(0)
  for (let i = 0; i < count; i++) {
    assert.equal(requests.waiting, count - 1 - i)
    requests.finish(2 * (i + 1))
  }
  const { latenciesUs } = requests.result(count, 2 * count, 1)
  assert.deepEqual(
    [...latenciesUs],
    Array.from({ length: count }, (_, i) => 2 * (i + 1)),
  )
})
