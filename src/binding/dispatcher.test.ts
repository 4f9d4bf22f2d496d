import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { windowOf } from '../device/partition.js'
import { InputError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import { BINDINGS } from './devices.js'
import { executePlan } from './dispatcher.js'
import { affine, spinFor } from './kernels.js'
import { openForTest } from './open-for-test.test.fixture.js'
import type { PartitionedDevice } from './partitioned-device.js'

const WORDS = 64
const SPIN_US = 100_000

interface Affine {
  readonly a: number
  readonly b: number
}

for (const binding of BINDINGS) {
  const opened = openForTest(binding)
  describe(`dispatcher on ${binding.name}`, { skip: 'missing' in opened && opened.missing }, () => {
    if ('device' in opened) dispatcherTests(opened.device)
  })
}

function dispatcherTests(device: PartitionedDevice): void {
  const granuleCount = device.granules.length

  after(() => device.close())

  test('concurrent workers compute the right result under any plan', () => {
    fc.assert(
      fc.property(workloads(granuleCount), fc.infiniteStream(fc.nat()), (workload, choices) => {
        const executor = executePlan(device, workload.plan)
        const buffers = workload.chains.map(() => device.createBuffer(WORDS))
        for (const buffer of buffers) buffer.write(start())
        const pending = workload.chains.map((chain) => [...chain, ...chain])
        const alive = () => pending.flatMap((chain, worker) => (chain.length > 0 ? [worker] : []))
        for (let open = alive(); open.length > 0; open = alive()) {
          const worker = open[choices.next().value % open.length]
          const { a, b } = pending[worker].shift()!
          executor.workers[worker].dispatch(affine(buffers[worker], a, b))
        }
        const results = buffers.map((buffer) => buffer.read())
        executor.close()
        for (const buffer of buffers) buffer.free()
        assert.deepEqual(
          results,
          workload.chains.map((chain) => apply([...chain, ...chain], start())),
        )
      }),
      { numRuns: 25 },
    )
  })

  test('waits only between streams, and only while the predecessor runs', () => {
    const plan = planOf(
      [windowOf(0, 1, granuleCount), windowOf(1, 1, granuleCount)],
      [
        [
          { kernels: 2, partition: 0 },
          { kernels: 2, partition: 1 },
        ],
      ],
    )
    const executor = executePlan(device, plan)
    const [worker] = executor.workers
    worker.dispatch(spinFor(device, SPIN_US))
    worker.dispatch(spinFor(device, SPIN_US))
    assert.deepEqual(worker.counts, { kernels: 2, switches: 0, barriers: 0 })
    worker.dispatch(spinFor(device, 1))
    assert.deepEqual(worker.counts, { kernels: 3, switches: 1, barriers: 1 })
    worker.dispatch(spinFor(device, 1))
    device.synchronize()
    worker.dispatch(spinFor(device, 1))
    assert.deepEqual(worker.counts, { kernels: 5, switches: 2, barriers: 1 })
    executor.close()
  })

  test('the completion mark is reached after the last kernel dispatched', () => {
    const plan = planOf([windowOf(0, 1, granuleCount)], [[{ kernels: 1, partition: 0 }]])
    const executor = executePlan(device, plan)
    executor.workers[0].dispatch(spinFor(device, SPIN_US))
    const completion = executor.workers[0].completion()
    assert.equal(completion.isDone(), false)
    device.synchronize()
    assert.equal(completion.isDone(), true)
    completion.release()
    executor.close()
  })

  test('a partition placed at dispatch is refused', () => {
    const plan = planOf([], [[{ kernels: 1, partition: 0 }]])
    assert.throws(() => executePlan(device, { ...plan, pool: [{ cus: 8 }] }), InputError)
  })
}

/** A random plan for one to four workers and a chain of kernels for each. */
function workloads(granuleCount: number) {
  const window = fc
    .tuple(fc.nat(granuleCount - 1), fc.integer({ min: 1, max: granuleCount }))
    .map(([start, length]) => windowOf(start, Math.min(length, granuleCount - start), granuleCount))
  const kernel = fc.record({
    a: fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((a) => 2 * a + 1),
    b: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  })
  return fc.array(window, { minLength: 1, maxLength: 6 }).chain((pool) => {
    const group = fc.record({
      kernels: fc.integer({ min: 1, max: 5 }),
      partition: fc.nat(pool.length - 1),
    })
    const worker = fc.array(group, { minLength: 1, maxLength: 8 }).chain((groups) => {
      const length = groups.reduce((total, { kernels }) => total + kernels, 0)
      const chain = fc.array(kernel, { minLength: length, maxLength: length })
      return chain.map((kernels) => ({ groups, kernels }))
    })
    return fc.array(worker, { minLength: 1, maxLength: 4 }).map((workers) => ({
      plan: planOf(
        pool,
        workers.map(({ groups }) => groups),
      ),
      chains: workers.map(({ kernels }) => kernels),
    }))
  })
}

function planOf(
  pool: readonly (readonly number[])[],
  groups: readonly (readonly { kernels: number; partition: number }[])[],
): Plan {
  return {
    format: 'eclip.plan/1',
    device: { name: 'test', fingerprint: 'test' },
    mechanism: 'pooled',
    pool: pool.map((granules) => ({ granules: [...granules], owner: null })),
    workers: groups.map((list, i) => ({
      name: `worker ${i}`,
      model: 'chain',
      batch: 1,
      groups: list.map((group) => ({ ...group, priority: 0 })),
    })),
    evidence: { policy: 'random', parameters: {}, switchesPerRequest: groups.map(() => 0) },
  }
}

function start(): Uint32Array {
  return Uint32Array.from({ length: WORDS }, (_, i) => i + 1)
}

function apply(chain: readonly Affine[], values: Uint32Array): Uint32Array {
  return values.map((value) => chain.reduce((x, { a, b }) => (Math.imul(x, a) + b) >>> 0, value))
}
