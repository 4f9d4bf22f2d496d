import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dispatchText } from './text.js'

test('a row for each worker, and what a kernel would wait for without a pool', () => {
  const device = { vendor: 'nvidia', name: 'NVIDIA H200', versions: {} } as const
  const worker = { name: 'vgg19/8', kernels: 46, switches: 3, barriers: 1.96 }
  const times = { plannedUsPerKernel: 6.456, homeUsPerKernel: 5.1, usPerSwitch: 20.77 }
  const steady = { name: 'b', kernels: 1, switches: 0, barriers: 0, usPerSwitch: null }
  const workers = [
    { ...worker, ...times },
    { ...times, ...steady },
  ]
  const text = dispatchText(
    { device, plan: 'krisp', workers, maskUs: 1234.4 },
    { colours: 'plain' },
  )
  assert.deepEqual(
    text.split('\n').map((line) => line.trim().split(/ {2,}/)),
    [
      ['krisp on NVIDIA H200'],
      ['us/kernel', 'us/kernel'],
      [
        'a request of',
        'kernels',
        'switches',
        'barriers',
        'as planned',
        'on one stream',
        'us/switch',
      ],
      ['vgg19/8', '46', '3.0', '2.0', '6.46', '5.10', '20.8'],
      ['b', '1', '0.0', '0.0', '6.46', '5.10', 'n/a'],
      [''],
      ['Without a pool, every kernel would first wait 1\u{202F}234 us for a masked stream.'],
    ],
  )
})
