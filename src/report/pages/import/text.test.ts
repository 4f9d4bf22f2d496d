import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImportedProfile } from '../../../profile/importers/profile-of.js'
import { importText } from './text.js'

function textOf(requests: number, kernels: number, leftOut: number): string[] {
  const imported = {
    profile: { model: 'vgg19', batch: 8, device: 'h200' },
    request: { requests, kernels: new Array(kernels), leftOut, spanUs: 4560 },
    kernelsUs: 1230,
  }
  return importText(imported as unknown as ImportedProfile, 'nsys').split('\n')
}

test('what was found in a trace, and the times of the profile in ms', () => {
  assert.deepEqual(textOf(3, 46, 0), [
    'nsys: 3 requests of 46 kernels each; 0 kernels left out',
    'vgg19/8 on h200: 1.23 ms in kernels, 4.56 ms from the first to the last as traced',
  ])
  assert.equal(textOf(1, 46, 1)[0], 'nsys: 1 request of 46 kernels; 1 kernel left out')
})
