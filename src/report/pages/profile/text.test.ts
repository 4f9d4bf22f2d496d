import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProfiledModel } from '../../../torch/profile-model.js'
import { kernelWithKnee, profileOf } from '../../tiny-mix.test.fixture.js'
import { synthesisErrorsText, synthesizedText } from './synthesized.js'
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

test('a synthesized profile has its time on the device and on a quarter of it', () => {
  const profile = profileOf(
    'stairs',
    [8, 16, 32].map((knee) => kernelWithKnee(knee)),
  )
  assert.equal(
    synthesizedText({ ...profile, device: 'tiny' }, 32),
    'stairs, batch 8, on tiny (synthesized): 3 kernels, 0.03 ms on 32 CUs, 0.07 ms on 8',
  )
})

test('how far synthesized profiles are off, by compute units and on average', () => {
  const errorOf = (model: string, batch: number, meanAbsolute: number, ...errors: number[]) => ({
    ...{ model, batch, meanAbsolute, kernels: { synthesized: 46, recorded: 48 } },
    byCus: errors.map((error, i) => ({ cus: 8 + 8 * i, error })),
  })
  const errors = [errorOf('vgg19', 8, 0.05, -0.123, 0.04), errorOf('albert', 16, 0.1, 0)]
  assert.deepEqual(
    synthesisErrorsText(errors)
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/)),
    [
      ['Total kernel time, synthesized against recorded, by CUs (kernels synthesized/recorded):'],
      ['vgg19', '8', '46/48', '8: -12%', '16: +4%'],
      ['albert', '16', '46/48', '8: +0%'],
      ['mean absolute error 7.5%'],
    ],
  )
})
