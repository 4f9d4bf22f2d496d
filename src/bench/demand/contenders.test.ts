import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemand } from '../../io/demand.js'
import { ALL_RIVALS, demandRivalsNamed, mpsContenders } from './contenders.js'

test('a rival is named after its mechanism, and a share of MPS stands for every number of instances', () => {
  assert.deepEqual(demandRivalsNamed('streams'), ['streams'])
  assert.deepEqual(demandRivalsNamed('mps-40-x2'), [{ sharePercent: 40, instances: 2 }])
  assert.deepEqual(
    demandRivalsNamed('mps-100').map((rival) => typeof rival !== 'string' && rival.instances),
    [1, 2, 3],
  )
  for (const name of ['mps-0', 'mps-101', 'mps-40-x0', 'mps-40-x10', 'windows', '']) {
    assert.deepEqual(demandRivalsNamed(name), [], name)
  }
  assert.equal(ALL_RIVALS.length, 2 + 6 * 3)
})

test('settings of MPS are ordered by share, so that fewer instances run in the processes of more', () => {
  const demand = loadDemand('vgg19/1:100@5x')
  const settings = ['mps-40-x3', 'mps-60-x1', 'mps-40-x1'].flatMap(demandRivalsNamed)
  const contenders = mpsContenders(
    demand,
    settings.filter((rival) => typeof rival !== 'string'),
  )
  assert.deepEqual(
    contenders.map(({ name }) => name),
    ['mps-60%-x1', 'mps-40%-x1', 'mps-40%-x3'],
  )
  const [{ expectedMs, share }] = contenders[1].plan.models
  assert.equal(share, 53)
  // The time of a launch alone on its share, by batch size. Larger batches take longer, but less for each sample.
  const [one, eight] = [expectedMs['1'][0], expectedMs['8'][0]]
  assert.ok(eight > one && eight < 8 * one, `${one}, ${eight}`)
})
