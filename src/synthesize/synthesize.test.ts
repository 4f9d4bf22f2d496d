import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { catalog } from '../device/catalog/registry.js'
import { type Device, totalCus } from '../device/device.js'
import { InputError } from '../errors.js'
import { loadShippedProfile } from '../io/library.js'
import { mean } from '../numbers.js'
import { checkProfile } from '../profile/check.js'
import { kernelUs, measuredCus, totalUs } from '../profile/duration.js'
import { profileSchema } from '../profile/profile.js'
import { synthesisError } from './error.js'
import { synthesizableDevices, synthesizableModels, synthesize } from './synthesize.js'

const device = (name: string): Device => catalog.get(name) as Device
const mi50 = device('mi50')

/** Solved from the IOCTL column of Table I. Only the sum of the last two is known: 728. */
const PAPER_KERNELS = {
  albert: 304,
  densenet201: 711,
  resnet152: 517,
  vgg19: 62,
  alexnet: 34,
} as const

for (const batch of [1, 8, 32]) {
  test(`the kernel counts at batch ${batch} are those of Table I`, () => {
    const kernels = (model: string): number => synthesize(model, batch, mi50).kernels.length
    for (const [model, count] of Object.entries(PAPER_KERNELS)) assert.equal(kernels(model), count)
    assert.equal(kernels('resnext101') + kernels('shufflenet'), 728)
  })
}

test('a synthesized profile is a valid profile file', () => {
  for (const name of catalog.keys()) {
    const profile = synthesize('shufflenet', 4, device(name))
    assert.deepEqual(profileSchema.parse(JSON.parse(JSON.stringify(profile))), profile)
    assert.equal(profile.source, 'synthesized')
  }
})

test('the blocks of synthesized kernels fit on a compute unit of every device', () => {
  for (const device of catalog.values()) {
    for (const model of synthesizableModels)
      checkProfile(synthesize(model, 8, device), device, model)
  }
})

test('no kernel is slower on more CUs, and none is faster than work over CUs', () => {
  const models = fc.constantFrom(...synthesizableModels)
  fc.assert(
    fc.property(models, fc.integer({ min: 1, max: 64 }), (model, batch) => {
      const profile = synthesize(model, batch, mi50)
      const counts = measuredCus(profile)
      for (const kernel of profile.kernels) {
        for (let i = 1; i < counts.length; i++) {
          const [few, many] = [counts[i - 1], counts[i]]
          assert.ok(kernelUs(kernel, many) <= kernelUs(kernel, few), kernel.name)
          // Blocks are whole, so a fuller last wave may gain more than the added CUs do, up to 2 x.
          assert.ok(kernelUs(kernel, many) * many * 2 + 0.1 >= kernelUs(kernel, few) * few)
        }
      }
    }),
    { numRuns: 20 },
  )
})

test('a larger batch takes longer', () => {
  for (const model of synthesizableModels) {
    const [one, eight] = [1, 8].map((batch) => totalUs(synthesize(model, batch, mi50), 60))
    assert.ok(eight > one, model)
  }
})

test('profiles made for the H200 come close to the recorded ones', () => {
  const h200 = device('h200')
  const errors = synthesizableModels.map((model) => {
    const recorded = loadShippedProfile('h200', model, 8, { file: 'test', path: '' })
    return synthesisError(synthesize(model, 8, h200), recorded).meanAbsolute
  })
  assert.ok(mean(errors) < 0.2, `${mean(errors)}`)
  assert.ok(Math.max(...errors) < 0.35, `${Math.max(...errors)}`)
})

test('every device of the catalog can be synthesized for, and a faster GPU takes less time', () => {
  assert.deepEqual(new Set(synthesizableDevices), new Set(catalog.keys()))
  for (const model of synthesizableModels) {
    const us = ['b200', 'h200', 'h100', 'a100', 'orin'].map((name) =>
      totalUs(synthesize(model, 32, device(name)), totalCus(device(name))),
    )
    assert.deepEqual(
      us,
      us.toSorted((a, b) => a - b),
      model,
    )
  }
})

test('an unknown model is named in the error', () => {
  assert.throws(
    () => synthesize('lenet', 1, mi50),
    (error) => error instanceof InputError && /"lenet"/.test(error.message),
  )
})
