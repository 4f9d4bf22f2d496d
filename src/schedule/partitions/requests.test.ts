import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mean } from '../../numbers.js'
import { createRandom } from '../../random.js'
import { poissonGaps } from '../arrivals.js'
import { weightedBatches } from './batch-sizes.js'
import {
  drawnRequests,
  type RequestSource,
  recordedStreams,
  recordRequests,
  replayRequests,
  withEstimateNoise,
} from './requests.js'

const EVEN = weightedBatches(
  [
    [1, 1],
    [3, 1],
  ],
  4,
  'test',
)

const drawn = (count: number): RequestSource => {
  const random = createRandom(2)
  return drawnRequests(count, poissonGaps(random), EVEN, random)
}

function all(source: RequestSource): [gap: number, batch: number][] {
  const requests: [number, number][] = []
  while (source.advance()) requests.push([source.gap, source.batch])
  return requests
}

test('a record replays what was drawn, and no more than was asked for', () => {
  const requests = all(drawn(50))
  assert.equal(requests.length, 50)
  assert.ok(requests.every(([, batch]) => batch === 1 || batch === 3))
  for (const count of [20, 50, 80]) {
    const record = recordRequests(drawn(50), count)
    assert.deepEqual(all(replayRequests(record)), requests.slice(0, count))
  }
})

test('launch times relative to their estimates have mean 1 and the requested standard deviation', () => {
  const record = recordRequests(drawn(40_000), 40_000)
  for (const noise of [0.1, 0.5]) {
    const { slowdowns } = withEstimateNoise(record, noise, createRandom(3))
    const factors = [...slowdowns!]
    const average = mean(factors)
    const deviation = Math.sqrt(mean(factors.map((factor) => (factor - average) ** 2)))
    assert.ok(Math.abs(average - 1) < (5 * noise) / 200, `${average}`)
    assert.ok(Math.abs(deviation / noise - 1) < 0.05, `${deviation} for ${noise}`)
    // Log-normal: the logarithm has a mean of minus half its variance.
    const variance = Math.log(1 + noise ** 2)
    const logarithm = mean(factors.map(Math.log))
    assert.ok(Math.abs(logarithm + variance / 2) < 5 * Math.sqrt(variance / 40_000))
  }
})

test('recorded streams start at different places in the recording, and each request keeps its batch', () => {
  const timesS = [0, 1, 3, 6, 10]
  const size = { requests: 9, replications: 6, seed: 1 }
  const streams = recordedStreams({ timesS, batches: [9, 1, 2, 3, 4] }, EVEN, size, 'test')
  const starts = streams.map(({ gaps, batches }) => {
    // Gaps of 1 to 4 s, 2.5 s on average, each with the request that follows it.
    const place = batches[0] - 1
    const expected = Array.from({ length: 9 }, (_, i) => ((place + i) % 4) + 1)
    assert.deepEqual([...batches], expected)
    assert.deepEqual(
      [...gaps],
      expected.map((seconds) => seconds / 2.5),
    )
    return place
  })
  assert.ok(new Set(starts).size > 1, `${starts}`)
  const [{ batches }] = recordedStreams({ timesS }, EVEN, size, 'test')
  assert.ok(batches.every((batch) => batch === 1 || batch === 3))
})

test('the noise of estimates does not depend on the batches of recorded requests', () => {
  const timesS = [0, 1, 2]
  const size = { requests: 20_000, replications: 1, seed: 3, estimateNoise: 0.5 }
  const [{ batches, slowdowns }] = recordedStreams({ timesS }, EVEN, size, 'test')
  for (const ahead of [0, 1, 2]) {
    // The batches of requests twice as far on were once drawn from the same numbers.
    const of = (batch: number): number =>
      mean(
        Array.from(slowdowns!.subarray(0, 9990)).filter((_, i) => batches[2 * i + ahead] === batch),
      )
    assert.ok(Math.abs(of(1) - of(3)) < 0.05, `${ahead}: ${of(1)} and ${of(3)}`)
  }
})
