import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sum } from '../numbers.js'
import { batching } from '../schedule/partitions/batching.js'
import type { Capacity } from '../schedule/partitions/capacity.js'
import { elsa } from '../schedule/partitions/elsa.js'
import { firstIdleFirstServed } from '../schedule/partitions/first-idle.js'
import type { RequestRecord } from '../schedule/partitions/requests.js'
import type { SchedulerKind } from '../schedule/partitions/scheduler.js'
import type { Effort, Experience, Pair } from './evaluate.js'
import { gpusNeeded, sizedPlan } from './gpus-needed.js'
import { studyJson } from './json.js'
import { notablePairs } from './notable.js'
import type { Partitioning } from './partitioners/partitioner.js'
import { checkExactly, settledPlan } from './study.js'
import { effort, problem, smallStudy, streams } from './study.test.fixture.js'
import { verdictOf } from './verdict.js'

const told: [pair: string, done: number, of: number][] = []
const study = await smallStudy((...pair) => told.push(pair))

test('every pair is measured on the same streams', () => {
  assert.equal(study.pairs.length, 7 * 3)
  assert.deepEqual(
    told,
    study.pairs.map((p, i) => [`${p.partitioning.name} + ${p.scheduler.name}`, i, 7 * 3]),
  )
  for (const { capacity, experience } of study.pairs) {
    assert.equal(capacity.perReplication.length, 2)
    assert.equal(experience.ratePerS, study.comparedAtPerS)
    assert.ok(experience.p50Us <= experience.p95Us && experience.p95Us <= experience.p99Us)
    assert.ok(experience.utilisation > 0 && experience.utilisation <= 1)
  }
  const { roundingLoss, chosen, fractionalPerS } = study.plan
  assert.ok(roundingLoss >= 0 && roundingLoss < 1)
  assert.ok(Math.abs(roundingLoss - Math.max(0, 1 - chosen.carriedPerS / fractionalPerS)) < 1e-12)
})

test('partitions of a name are counted together, and all requests are on some', () => {
  for (const { partitioning, experience } of study.pairs) {
    const { byPartition, utilisation } = experience
    const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9
    assert.ok(close(sum(byPartition.map(({ requestShare }) => requestShare)), 1))
    const cusOf = (name: string): number =>
      sum(partitioning.partitions.map((one) => (one.name === name ? one.cus : 0)))
    const counted = byPartition.map(({ name, count }) => [name, count])
    assert.deepEqual(
      counted,
      byPartition.map(({ name }) => [
        name,
        partitioning.partitions.filter((one) => one.name === name).length,
      ]),
    )
    const busy = sum(byPartition.map((use) => use.utilisation * cusOf(use.name)))
    assert.ok(close(busy / sum(byPartition.map(({ name }) => cusOf(name))), utilisation))
  }
})

test('worth seeing are PARIS with ELSA, the best pair, the best and the worst equal layout, and the best of each other one', () => {
  const rateOf = ({ capacity }: Pair): number => capacity.ratePerS
  const highest = (pairs: readonly Pair[]): Pair =>
    pairs.toSorted((a, b) => rateOf(b) - rateOf(a))[0]
  const notable = notablePairs(study)
  assert.equal(notable[0], study.pairs[0])
  assert.ok(notable.includes(highest(study.pairs)))
  const equal = study.pairs.filter(({ partitioning }) => /^\d+x/.test(partitioning.name))
  const layouts = [...new Set(equal.map(({ partitioning }) => partitioning))]
  const bestOfEach = layouts.map((layout) =>
    highest(equal.filter(({ partitioning }) => partitioning === layout)),
  )
  assert.ok(notable.includes(highest(bestOfEach)))
  assert.ok(notable.includes(bestOfEach.toSorted((a, b) => rateOf(a) - rateOf(b))[0]))
  assert.ok(notable.includes(highest(equal.filter(({ scheduler }) => scheduler !== batching))))
  const printed = study.pairs.filter(({ partitioning }) => partitioning.name === 'paris-printed')
  assert.ok(notable.includes(highest(printed)))
  assert.ok(notable.length < study.pairs.length && new Set(notable).size === notable.length)
})

test('a study in JSON tells times in ms', () => {
  const { pairs } = studyJson(problem, effort, study)
  pairs.forEach(({ p50Ms, p95Ms, p99Ms, meanWaitMs }, i) => {
    const { p50Us, p95Us, p99Us, meanWaitUs } = study.pairs[i].experience
    assert.deepEqual(
      [p50Ms, p95Ms, p99Ms, meanWaitMs].map((ms) => Math.round(ms * 1000)),
      [p50Us, p95Us, p99Us, meanWaitUs].map(Math.round),
    )
  })
})

test("the exact check tries all 14 sets, and PARIS's layout is near the best", () => {
  assert.equal(study.exact?.best.tried, 14)
  assert.ok(study.exact.gap >= 0 && study.exact.gap < 0.1, `${study.exact.gap}`)
})

test('PARIS with ELSA is the highest of the pairs that run every request alone', () => {
  assert.equal(study.verdict.rankUnmerged, 1)
})

test('at 90% of what PARIS and ELSA carry, their p95 meets the target', () => {
  const own = study.pairs[0]
  assert.equal(own.scheduler.name, 'elsa')
  assert.ok(own.experience.p95Us <= problem.slaUs * 1.002)
})

test('a layout is settled and checked on two streams each, of other requests than those that it is measured on', async () => {
  const asked = [streams(effort)]
  const noted = (one: Effort): RequestRecord[] => {
    asked.push(streams(one))
    return asked[asked.length - 1]
  }
  const plan = await settledPlan(problem, { ...effort, replications: 5 }, noted)
  checkExactly(plan, { problem, effort, streams: noted, onProgress: () => {} })
  assert.deepEqual(
    asked.map((replications) => replications.length),
    [effort.replications, 2, 2],
  )
  const gaps = asked.flat().map((stream) => stream.gaps.join())
  assert.equal(new Set(gaps).size, gaps.length)
})

test('more GPUs for a higher rate', async () => {
  const [pair] = study.pairs
  const rate = pair.capacity.ratePerS
  const quick = { ...effort, requests: 1000, replications: 1 }
  const one = await gpusNeeded(0.8 * rate, problem, quick, streams, () => {})
  const more = await gpusNeeded(2 * rate, problem, quick, streams, () => {})
  assert.equal(one.gpus, 1)
  assert.equal(more.gpus, 2)
  assert.ok(more.carriedPerS >= 2 * rate)
  const justOne = await gpusNeeded(one.carriedPerS, problem, quick, streams, () => {})
  assert.equal(justOne.gpus, 1)
})

test('the fewest GPUs that carry a rate: one less does not, and the plan is theirs', async () => {
  const quick = { ...effort, requests: 1000, replications: 1 }
  const [pair] = study.pairs
  const rate = 4.2 * pair.capacity.ratePerS
  const { gpus, sized, carriedPerS } = await gpusNeeded(rate, problem, quick, streams, () => {})
  assert.ok(carriedPerS >= rate && carriedPerS === sized.carried.ratePerS)
  assert.deepEqual([sized.problem.gpus, sized.plan.partitioning.layouts!.length], [gpus, gpus])
  const fewer = await sizedPlan({ ...problem, gpus: gpus - 1 }, quick, streams)
  assert.ok(fewer.carried.ratePerS < rate, `${gpus} GPUs`)
})

function pairOf(
  name: string,
  scheduler: SchedulerKind,
  perReplication: readonly number[],
  layouts: Partitioning['layouts'],
): Pair {
  const ratePerS = perReplication.reduce((sum, rate) => sum + rate, 0) / perReplication.length
  const capacity: Capacity = { ratePerS, halfWidthPerS: 0, perReplication }
  const partitioning: Partitioning = {
    name,
    kind: 'hardware',
    partitions: [],
    layouts: layouts ?? [],
  }
  return { partitioning, scheduler, capacity, experience: {} as Experience }
}

test('verdict: ties do not beat, and leads are explained by the differences', () => {
  const [one, , , two] = problem.gpu.profiles
  const small = [[{ profile: one, start: 0 }]]
  const large = [[{ profile: two, start: 0 }]]
  const own = pairOf('paris', elsa, [100, 102, 98], small)
  const tie = pairOf('tie', elsa, [103, 99, 101], large)
  const merging = pairOf('equal', batching, [120, 123, 118], large)
  const same = pairOf('same', firstIdleFirstServed, [110, 112, 108], small)
  const verdict = verdictOf([own, tie, merging, same], own.partitioning)
  assert.equal(verdict.rank, 3)
  assert.equal(verdict.rankUnmerged, 2)
  assert.deepEqual(
    verdict.beaters.map(({ partitioner }) => partitioner),
    ['equal', 'same'],
  )
  assert.match(verdict.beaters[0].reason, /merges/)
  assert.match(verdict.beaters[1].reason, /same instances/)
  assert.match(verdict.text, /ranks 3 of 4 pairs.*20\.3% higher/)
  assert.match(
    verdict.text,
    /alone, PARIS \+ ELSA ranks 2, after same \+ fifs \(\+10\.0%\): the same/,
  )
  const onlyMerging = verdictOf([own, merging], own.partitioning)
  assert.match(onlyMerging.text, /run every request alone, none is higher\.$/)
  const shared = pairOf('shared', elsa, [110, 112, 108], large)
  const processes = [1, 2].map(() => ({ gpu: 0, name: '2g/2', cus: 16, slowdown: 1.1 }))
  const sharing = { ...shared, partitioning: { ...shared.partitioning, partitions: processes } }
  assert.match(verdictOf([own, sharing], own.partitioning).beaters[0].reason, /several processes/)
  assert.match(verdictOf([own, shared], own.partitioning).beaters[0].reason, /another layout/)
  const level = verdictOf([own, tie], own.partitioning)
  assert.match(level.text, /No pair of 2 is above.*tie \+ elsa is level with it \(\+1\.0%\)/)
  const without = verdictOf([tie, merging], own.partitioning)
  assert.deepEqual(
    { ...without, text: undefined },
    { rank: 0, pairs: 2, beaters: [], rankUnmerged: 0, text: undefined },
  )
  const lower = pairOf('lower', elsa, [90, 91, 92], large)
  const alone = verdictOf([own, lower], own.partitioning)
  assert.match(alone.text, /highest latency-bounded throughput of all 2 pairs/)
})
