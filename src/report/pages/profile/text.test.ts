import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProfiledModel } from '../../../torch/profile-model.js'
import { kernelWithKnee, profileOf } from '../../tiny-mix.test.fixture.js'
import { profilesText } from './text.js'

test('a profile has its totals in ms, its gap in us, and how far the total is from the graph', () => {
  const profile = {
    ...profileOf('stairs', [kernelWithKnee(8), kernelWithKnee(16)]),
    gapUs: { 32: 0.75 },
    powerW: 123.4,
  }
  const measured = {
    profile,
    cus: 32,
    kernelsUs: 2000,
    withMemsetsUs: 2250,
    totalUs: 2500,
    latencyUs: 2400,
  }
  const rowOf = (one: ProfiledModel): string[] => {
    const lines = profilesText([one], { colours: 'plain' }).split('\n')
    return lines.find((line) => line.startsWith('stairs'))!.split(/ +/)
  }
  const head = ['stairs', '8', '2', '1']
  assert.deepEqual(rowOf(measured), [
    ...head,
    ...['2.400', '2.000', '0.250', '0.75', '2.500', '+4.2%', '123'],
  ])
  const unmetered = {
    ...measured,
    profile: { ...profile, powerW: undefined },
    cus: 16,
    latencyUs: undefined,
  }
  assert.deepEqual(rowOf(unmetered), [
    ...head,
    ...['n/a', '2.000', '0.250', 'n/a', '2.500', 'n/a', 'n/a'],
  ])
})
