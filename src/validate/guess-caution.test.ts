import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import type { Device } from '../device/device.js'
import { loadShippedProfile } from '../io/library.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'
import { guessCaution } from './guess-caution.js'

const each = { stream: 2, cache: 1.5, products: 1.25 }
const hogs = { cus: 64, hogCus: 56, pressure: { stream: each, cache: each, products: each } }
const interference = { cus: 64, hogCus: 56, sensitivity: each, pressure: each }
const place = { file: 'test', path: '' }
const shipped = ['vgg19', 'albert'].map((model) => loadShippedProfile('h200', model, 8, place))
const guessed = shipped.map((profile) => ({ ...profile, interference: undefined }))
const probed = shipped.map((profile) => ({ ...profile, interference }))

function cautionOf(device: Device, profiles: readonly Scenario['workers'][number]['profile'][]) {
  return guessCaution({
    device,
    workers: profiles.map((profile, w) => closedLoopWorker(`w${w}`, profile)),
  })
}

test('a reader learns which models were not measured beside hogs, and what measures them', () => {
  const other = { ...h200, name: 'other', hogs: undefined }
  assert.match(
    cautionOf(other, guessed) ?? '',
    /^interference with vgg19\/8, albert\/8 is guessed .* \(eclip characterize and eclip profile measure it\)$/,
  )
  const scaled = { ...other, hogs }
  assert.match(
    cautionOf(scaled, [probed[0], guessed[1]]) ?? '',
    /^interference with albert\/8 is guessed .* \(eclip profile measures it\)$/,
  )
  assert.match(cautionOf(other, probed) ?? '', /vgg19\/8, albert\/8/)
})

test('recorded errors say nothing about a mix with a model that was never measured', () => {
  const imported = { ...guessed[1], source: 'imported' as const }
  assert.match(cautionOf(h200, [guessed[0], imported]) ?? '', /^interference with .* is guessed/)
})

test('there is no warning for measured or recorded mixes, or for a model without neighbours', () => {
  assert.equal(cautionOf({ ...h200, name: 'other', hogs }, probed), undefined)
  assert.equal(cautionOf(h200, guessed), undefined)
  assert.equal(cautionOf({ ...h200, name: 'other', hogs: undefined }, [guessed[0]]), undefined)
  assert.equal(cautionOf({ ...h200, name: 'host', vendor: 'cpu' }, guessed), undefined)
})
