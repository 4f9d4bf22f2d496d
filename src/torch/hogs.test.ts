import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WorkError } from '../errors.js'
import {
  type HogWorker,
  halvesOf,
  hogsBesideEachOther,
  loadHogs,
  measureInterference,
  unloadHogs,
} from './hogs.js'
import type { Hello, PlanRequest, RunRequest } from './protocol.js'

const hello = (granules: readonly number[], partitions = true): Hello => ({
  worker: '0',
  pid: 1,
  versions: {},
  device: { kind: 'cuda', name: 'gpu', cus: 132, granules: [...granules], priorityLevels: 1 },
  features: { graphs: true, partitions, segments: partitions, energy: false },
  limits: { frameBytes: 1, tensorBytes: 1 },
})

const HOPPER = [...Array<number>(15).fill(8), 12]

describe('the halves of a device', () => {
  for (const [granules, own, beside] of [
    [HOPPER, [0, 1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13, 14]],
    [[4, 4, 4], [0], [1, 2]],
    [[4, 4], [0], [1]],
  ]) {
    test(`${granules.length} granules`, () => {
      assert.deepEqual(halvesOf(hello(granules)), { own, beside })
    })
  }

  test('there are none without partitions, or without two granules alike', () => {
    assert.equal(halvesOf(hello(HOPPER, false)), undefined)
    for (const granules of [[], [8], [8, 12]]) assert.equal(halvesOf(hello(granules)), undefined)
  })
})

/** The time of a worker's requests beside another, in multiples of alone, by the first letters of both. */
const TIMES: Readonly<Record<string, number>> = { ms: 2.5, mc: 1.25, mp: 1.2, sm: 1.1, cm: 1.5 }

const MODEL = { worker: 'model', batch: 8, kernels: 3 }
const HOG = { batch: 1, kernels: 2 }

/** A GPU on which everything alone answers 100 requests/s on each granule. */
class FakeWorker implements HogWorker {
  readonly hello = hello(HOPPER)
  readonly loaded = new Set(['model'])
  readonly placed = new Map<string, number | null>()
  times = TIMES
  runs = 0

  async load({ worker }: { worker: string }) {
    this.loaded.add(worker)
    return { worker, batches: [{ ...HOG, mode: 'graph' as const, slots: [] }] }
  }

  async plan(workers: PlanRequest) {
    for (const [name, byBatch] of Object.entries(workers)) {
      const subject = name === MODEL.worker ? MODEL : HOG
      const groups = byBatch[subject.batch]
      if (groups !== null) assert.equal(groups[0].kernels, subject.kernels)
      this.placed.set(name, groups === null ? null : groups[0].granules.length)
    }
    return { workers: {} }
  }

  /** Every second run of a pair is disturbed. */
  async run({ seconds, workers }: RunRequest) {
    const disturbed = ++this.runs % 2 === 0 ? 2 : 1
    const ran = workers.map(({ worker, batch }, i) => {
      assert.ok(this.loaded.has(worker), worker)
      const other = workers[1 - i]?.worker
      const time = other === undefined ? 1 : (this.times[worker[0] + other[0]] ?? 1)
      const rps = (100 * (this.placed.get(worker) ?? 0)) / time / disturbed
      return { worker, batch, requests: 1, rps, p50Ms: null, p95Ms: null, p99Ms: null }
    })
    return { seconds, workers: ran, energy: null }
  }

  async unload(worker: string) {
    this.loaded.delete(worker)
  }
}

const halves = { own: [0, 1, 2, 3, 4, 5, 6, 7], beside: [8, 9, 10, 11, 12, 13, 14] }

test('a model beside hogs: its time and theirs, relative to alone', async () => {
  const worker = new FakeWorker()
  const hogs = await loadHogs(worker, halves)
  assert.deepEqual(await measureInterference(worker, halves, hogs, MODEL), {
    cus: 64,
    hogCus: 56,
    sensitivity: { stream: 2.5, cache: 1.25, products: 1.2 },
    pressure: { stream: 1.1, cache: 1.5, products: 1 },
  })
  assert.equal(worker.placed.get('model'), null)
  await unloadHogs(worker, hogs)
  assert.deepEqual([...worker.loaded], ['model'])
})

test('hogs beside each other: the time of the outer one beside the inner one', async () => {
  const worker = new FakeWorker()
  worker.times = { ss: 2, sc: 1.3, cs: 1.6 }
  assert.deepEqual(await hogsBesideEachOther(worker, halves), {
    cus: 64,
    hogCus: 56,
    pressure: {
      stream: { stream: 2, cache: 1.3, products: 1 },
      cache: { stream: 1.6, cache: 1, products: 1 },
      products: { stream: 1, cache: 1, products: 1 },
    },
  })
})

test('a model that never ends a request is not measured', async () => {
  const worker = new FakeWorker()
  worker.times = { ms: Number.POSITIVE_INFINITY }
  const hogs = await loadHogs(worker, halves)
  await assert.rejects(measureInterference(worker, halves, hogs, MODEL), (error) => {
    assert.ok(error instanceof WorkError)
    assert.match(error.message, /no request ended within 0\.25 s/)
    return true
  })
})

test('copies that do not disturb each other are no scale', async () => {
  const worker = new FakeWorker()
  worker.times = { ss: 1.09 }
  await assert.rejects(hogsBesideEachOther(worker, halves), /took only 1\.09 times as long/)
})
