import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom, type Random } from '../../random.js'
import { createElsa, elsa, elsaWith } from './elsa.js'
import { ScheduleView, serviceTable } from './view.js'

interface NaivePartition {
  readonly estimateUs: readonly number[]
  readonly queue: readonly number[]
  /** The end of the running launch, or undefined. */
  readonly endsUs: number | undefined
}

interface NaiveState {
  readonly partitions: readonly NaivePartition[]
  readonly nowUs: number
  readonly slaUs: number
  readonly batch: number
}

/** The algorithm written down naively, without incremental state. */
function naiveElsa(state: NaiveState, alpha: number, beta: number): number {
  const { partitions, nowUs, slaUs, batch } = state
  const wait = (partition: NaivePartition): number => {
    let total = 0
    for (const queued of partition.queue) total += partition.estimateUs[queued]
    if (partition.endsUs !== undefined) total += Math.max(0, partition.endsUs - nowUs)
    return total
  }
  const largest = partitions[0].estimateUs.length - 1
  const order = partitions
    .map((_, index) => index)
    .sort((a, b) => partitions[b].estimateUs[largest] - partitions[a].estimateUs[largest] || a - b)
  for (const index of order) {
    const partition = partitions[index]
    const slack = slaUs - alpha * (wait(partition) + beta * partition.estimateUs[batch])
    if (slack > 0) return index
  }
  const completion = order.map(
    (index) => wait(partitions[index]) + partitions[index].estimateUs[batch],
  )
  return order[completion.indexOf(Math.min(...completion))]
}

/** Whole numbers everywhere, so that sums are exact in any order. */
function randomState(random: Random): NaiveState {
  const maxBatch = 1 + random.integer(8)
  const nowUs = random.integer(10_000)
  const partitions = Array.from({ length: 1 + random.integer(12) }, () => {
    const base = 1 + random.integer(500)
    return {
      estimateUs: Array.from({ length: maxBatch + 1 }, (_, b) => base + b * random.integer(100)),
      queue: Array.from({ length: random.integer(5) }, () => 1 + random.integer(maxBatch)),
      endsUs: random.integer(3) === 0 ? undefined : nowUs - 200 + random.integer(2000),
    }
  })
  return { partitions, nowUs, slaUs: 1 + random.integer(4000), batch: 1 + random.integer(maxBatch) }
}

function viewOf({ partitions, nowUs, slaUs }: NaiveState): ScheduleView {
  const view = new ScheduleView(serviceTable(partitions.map((p) => p.estimateUs)), slaUs)
  view.nowUs = nowUs
  partitions.forEach(({ queue, endsUs, estimateUs }, p) => {
    view.waiting[p] = queue.length
    view.queuedUs[p] = queue.reduce((total, batch) => total + estimateUs[batch], 0)
    view.running[p] = endsUs === undefined ? 0 : 1
    view.busyUntilUs[p] = endsUs ?? 0
  })
  return view
}

test('decisions equal a naive transcription on 10,000 random states', () => {
  const random = createRandom(2202)
  const factors = [0.5, 1, 1.25, 2]
  let stepsB = 0
  for (let i = 0; i < 10_000; i++) {
    const state = randomState(random)
    const alpha = factors[random.integer(factors.length)]
    const beta = factors[random.integer(factors.length)]
    const decided = createElsa({ alpha, beta }).decide(viewOf(state), state.batch)
    assert.equal(decided, naiveElsa(state, alpha, beta), `state ${i}`)
    if (state.partitions.every((p) => p.estimateUs[state.batch] * alpha * beta >= state.slaUs)) {
      stepsB++
    }
  }
  assert.ok(stepsB > 500, 'both steps were exercised')
})

test('a scheduler uses its own factors', () => {
  const view = new ScheduleView(
    serviceTable([
      [0, 100],
      [0, 10],
    ]),
    150,
  )
  const decided = (alpha: number, beta: number): number =>
    elsaWith({ alpha, beta }).create(createRandom(1)).decide(view, 1)
  assert.equal(decided(1, 1), 0)
  // 1.6 x 100 exceeds the target of 150, and so does 1 x (1.6 x 100).
  assert.equal(decided(1.6, 1), 1)
  assert.equal(decided(1, 1.6), 1)
  assert.equal(elsa.create(createRandom(1)).decide(view, 1), 0)
})

test('the smallest partition with slack wins, even if a larger one is idle', () => {
  const table = serviceTable([
    [0, 10],
    [0, 100],
  ])
  const { decide } = createElsa()
  assert.equal(decide(new ScheduleView(table, 101), 1), 1)
  assert.equal(decide(new ScheduleView(table, 100), 1), 0)
})
