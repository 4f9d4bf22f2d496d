/** Runs the worked example of every use in docs/uses.md. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { WorkerJudgement } from '../plan/judgement.js'
import type { WorkerMetrics } from '../simulate/metrics.js'
import { runEclip } from './eclip.test.fixture.js'

const USES = fileURLToPath(new URL('../../bench/uses/', import.meta.url))
const PAGE = fileURLToPath(new URL('../../docs/uses.md', import.meta.url))

interface Outcome {
  readonly policy: string
  readonly metrics: { readonly workers: readonly WorkerMetrics[] }
  readonly judgement: { readonly workers: readonly WorkerJudgement[] }
}

/** The outcome of a use under a policy, by its name. */
function outcomesOf(use: string, policies: string): Map<string, Outcome> {
  const quick = ['--search-plans', '8', '--seconds', '0.5', '--runs', '2', '--coarse', '--json']
  const words = ['compare', `${USES}${use}.json`, '--policy', policies, ...quick]
  const { stdout, stderr } = runEclip(words)
  assert.notEqual(stdout, '', stderr)
  const { policies: outcomes } = JSON.parse(stdout) as { policies: Outcome[] }
  return new Map(outcomes.map((outcome) => [outcome.policy, outcome]))
}

const workersOf = (outcomes: Map<string, Outcome>, policy: string): readonly WorkerMetrics[] =>
  outcomes.get(policy)!.metrics.workers

test('every example is on the page', () => {
  const page = readFileSync(PAGE, 'utf8')
  const files = readdirSync(USES).filter((name) => name.endsWith('.json'))
  assert.equal(files.length, 6)
  for (const file of files) assert.ok(page.includes(`bench/uses/${file}`), file)
})

for (const use of ['robot', 'edge']) {
  test(`${use}: every deadline is met`, () => {
    const workers = workersOf(outcomesOf(use, 'baseline,windows'), 'windows')
    const deadlines = workers.flatMap(({ deadlinesMet }) => deadlinesMet ?? [])
    assert.deepEqual(deadlines, [1, 1])
    assert.ok(workers.every(({ normalizedThroughput }) => normalizedThroughput > 0.5))
  })
}

test('service: open loads are served in full, within their targets', () => {
  for (const { normalizedThroughput, p95Ms } of workersOf(
    outcomesOf('service', 'windows'),
    'windows',
  )) {
    assert.ok(normalizedThroughput > 0.95 && p95Ms < 40)
  }
})

test('tenants: eclip and windows keep minimum shares that streams without partitions do not', () => {
  const outcomes = outcomesOf('tenants', 'baseline,eclip,windows')
  const lowest = (policy: string): number =>
    Math.min(...workersOf(outcomes, policy).map((worker) => worker.normalizedThroughput))
  assert.ok(lowest('baseline') < 0.35)
  assert.ok(lowest('eclip') >= 0.35)
  assert.ok(lowest('windows') >= 0.35)
})

test('batch and real time: the high class is served in time, and the batch work goes on', () => {
  const outcomes = outcomesOf('batch-and-real-time', 'baseline,windows')
  const [realTime, batch] = workersOf(outcomes, 'windows')
  assert.ok(realTime.p95Ms < 12 && batch.normalizedThroughput > 0.3)
  assert.ok(workersOf(outcomes, 'baseline')[0].p95Ms > 12)
})

test('research: the policies of the paper can be compared on the modelled MI50', () => {
  const outcomes = outcomesOf('research', 'baseline,model-wise,eclip')
  assert.deepEqual([...outcomes.keys()], ['baseline', 'model-wise', 'eclip'])
})
