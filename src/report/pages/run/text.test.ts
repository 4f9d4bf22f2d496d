import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCounts } from '../../../run/plan-counts.js'
import { countsText } from './text.js'

test('where no program told its counts, that is said', () => {
  assert.match(countsText(['a/8'], []).join(), /^plan: no program launched kernels/)
  const [none, anywhere] = countsText(['a/8'], parseCounts('5 3 0 0 0 0\n', 1))
  assert.match(
    none,
    /no request came twice in a row; between two waits there were mostly 3 kernels/,
  )
  assert.equal(anywhere, 'plan: 5 kernels ran anywhere')
})

test('counts of several processes are added up, worker by worker', () => {
  const text = '5 3 2 4 2 0 0 0 0 0 cuMemcpyAsync:7\n1 3 2 5 2 1 0 0 0 0\n'
  const processes = parseCounts(text, 2)
  assert.deepEqual(processes[0].waitedFor, ['cuMemcpyAsync:7'])
  assert.deepEqual(countsText(['a/8', 'b/8'], processes), [
    'plan: 4 requests of a/8, each with 2.3 switches, 1.0 barriers, 0.3 returns',
    'plan: 6 kernels ran anywhere',
  ])
})
