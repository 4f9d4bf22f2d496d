import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DemandContest } from '../../../bench/demand/contest.js'
import { goodputTable } from './goodput.js'

test('windows in which requests left late are counted beside their measurements', () => {
  const window = (load: number, senderLagMs: number) => ({
    load,
    senderLagMs,
    models: [{ offered: 100, inTime: 99 }],
  })
  const contender = (name: string, lagsMs: readonly number[]) => ({
    name,
    goodput: 1,
    goodput95: 1,
    measurements: lagsMs.map((lagMs, i) => window(1 + i, lagMs)),
  })
  const results = [contender('quiet', [0.3, 1]), contender('busy', [0.3, 1.04, 2.96])]
  const contest = { gpu: 'H200', versions: {}, results } as unknown as DemandContest
  const text = goodputTable(contest, { colours: 'plain' })
  const notes = text.split('\n').map((line) => /a busy host.*$/.exec(line)?.[0])
  const expected = 'a busy host: in 2 of 3 windows requests left up to 3.0 ms late (p99)'
  assert.deepEqual(
    notes.filter((line) => line !== undefined),
    [expected],
  )
  assert.match(text, /^busy .*a busy host/m)
})
