import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { InputError } from '../errors.js'
import { readFile } from '../io/read.js'
import { kernelTaking } from '../profile/kernel.test.fixture.js'
import type { Profile } from '../profile/profile.js'
import { latencyFileSchema, modelFromLatencyFile } from './latency-file.js'
import { latencyModelFromProfiles } from './latency-profiles.js'

const SHIPPED = fileURLToPath(new URL('../../data/h200-model-latency.json', import.meta.url))

test('the shipped latencies are read as they were measured', () => {
  const file = readFile(SHIPPED, latencyFileSchema)
  const model = modelFromLatencyFile(file, 'resnet152', SHIPPED)
  assert.equal(model.maxBatch, 32)
  assert.ok(Math.abs(model.latencyUs(16, 8) - 8995.6) < 1e-6)
  // "full" means 132 SMs.
  assert.ok(Math.abs(model.latencyUs(132, 32) - 5280.3) < 1e-6)
  assert.match(model.source, /measured on h200, interpolated/)
})

test('for an unknown model, the error lists the models in the file', () => {
  const file = readFile(SHIPPED, latencyFileSchema)
  assert.throws(
    () => modelFromLatencyFile(file, 'bert', SHIPPED, '--model'),
    (error) => {
      assert.ok(error instanceof InputError)
      assert.match(error.message, /--model: expected one of albert.*found "bert"/)
      return true
    },
  )
})

/** A profile of two kernels that scale perfectly up to 20 units. */
function profileOf(model: string, batch: number): Profile {
  const kernel = kernelTaking({ '10': 40 * batch, '20': 20 * batch })
  return {
    format: 'eclip.profile/1',
    model,
    batch,
    device: 'h200',
    source: 'synthesized',
    kernels: [kernel, kernel],
  }
}

test('kernel profiles: a launch is the sum of its kernels on this many units', () => {
  const model = latencyModelFromProfiles([profileOf('m', 1), profileOf('m', 4)], 'p.json')
  assert.equal(model.latencyUs(10, 1), 80)
  assert.equal(model.latencyUs(20, 4), 160)
  assert.match(model.source, /simulated from kernel profiles on h200/)
})

test('profiles of two models are refused', () => {
  assert.throws(
    () => latencyModelFromProfiles([profileOf('a', 1), profileOf('b', 4)], 'p.json'),
    /p\.json: expected profiles of one model, a, found one of b/,
  )
})
