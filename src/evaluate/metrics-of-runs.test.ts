import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Metrics, metricsOf } from '../simulate/metrics.js'
import type { WorkerResult } from '../simulate/result.js'
import { highestOf, lowestOf, meanOf } from './metrics-of-runs.js'

/** A run with one worker in a closed loop and one under a load; `scale` changes every number. */
function runOf(scale: number): Metrics {
  const worker: WorkerResult = {
    name: 'closed',
    completed: scale,
    requestsPerSecond: 10 * scale,
    offeredPerSecond: null,
    busyShare: 0.1 * scale,
    latenciesUs: Float64Array.of(1000 * scale),
    switchesPerRequest: scale,
  }
  const open = { ...worker, name: 'open', offeredPerSecond: 20 * scale, deadlineUs: 2500 }
  const device = { powerW: 50 * scale, energyJ: 1, cuUtilization: 0.1 * scale, launches: 0 }
  return metricsOf({ seconds: 1, workers: [worker, open], ...device }, [100, 200])
}

/** Every number in some metrics, by its path, including null and absent ones. */
function numbersOf(metrics: Metrics): Map<string, unknown> {
  const { workers, ...ofMix } = metrics
  const paths = [ofMix, ...workers].flatMap((part, i) =>
    Object.entries(part).map(([key, value]): [string, unknown] => [`${i} ${key}`, value]),
  )
  return new Map(paths)
}

for (const scales of [
  [1, 2, 4],
  [4, 1, 2],
])
  test(`each metric is the mean, the least and the most of runs of scales ${scales}, and null if no run has it`, () => {
    const runs = scales.map(runOf)
    const known = runs.map(numbersOf)
    const summaries = [meanOf(runs), lowestOf(runs), highestOf(runs)].map(numbersOf)
    for (const [path, first] of known[0]) {
      const values = known.map((run) => run.get(path) as number)
      const [mean, lowest, highest] = summaries.map((summary) => summary.get(path))
      if (typeof first !== 'number')
        assert.deepEqual([mean, lowest, highest], [first, first, first])
      else {
        assert.ok(Math.abs((mean as number) - (values[0] + values[1] + values[2]) / 3) < 1e-9, path)
        assert.deepEqual([lowest, highest], [Math.min(...values), Math.max(...values)], path)
      }
    }
    for (const summary of summaries) assert.deepEqual([...summary.keys()], [...known[0].keys()])
    assert.deepEqual(
      known.map((run) => run.get('2 deadlinesMet')),
      scales.map((scale) => (scale === 4 ? 0 : 1)),
    )
  })
