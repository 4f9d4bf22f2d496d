import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcome } from '../compare/outcomes.test.fixture.js'
import { verdictText } from '../plan/verdict.js'
import { workloadText } from '../plan/workload-table.js'
import { simulationText } from './text.js'

const PLAIN = { colours: 'plain' } as const

test('a simulated plan: its workload, each worker, then all of them together', () => {
  const { plan, ...judged } = outcome('p', { normalized: [0.8, 0.5], powerW: 650 })
  const { metrics, judgement } = judged
  const [a, b] = metrics.workers
  const workers = [a, { ...b, switchesPerRequest: 3 }]
  const text = simulationText(plan, { ...judged, metrics: { ...metrics, workers } }, PLAIN)
  const head = `${workloadText(judgement, plan, PLAIN)}\n\n`
  assert.ok(text.startsWith(head), text)
  assert.deepEqual(
    text
      .slice(head.length)
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
    [
      ['worker', 'of alone', 'p50 ms', 'p95 ms', 'p99 ms', 'switches'],
      [a.name, '0.80', '10.0', '12.5', '13.8', '0'],
      [b.name, '0.50', '16.0', '20.0', '22.0', '3'],
      [''],
      ['weighted speedup 1.30, fairness 0.63, 650 W, 0.200 requests per joule'],
    ],
  )
  const [worker, ...others] = judgement.workers
  const p95Target = { asked: 8, margin: -0.5, verdict: 'missed' } as const
  const missed = { ...judgement, workers: [{ ...worker, p95Target }, ...others] }
  const first = simulationText(plan, { ...judged, judgement: missed }, PLAIN)
  assert.ok(first.startsWith(`${verdictText(missed)}\n\n`), first)
})
