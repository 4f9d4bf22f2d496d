import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listingText } from './text.js'

test('devices and profiles say whose they are, when they were measured and with which versions', () => {
  const software = { torch: 'PyTorch 2.11.0+cu130', driver: '580.159.04', other: 'none' }
  const date = '2026-03-04T05:06:07Z'
  const device = { owner: 'own', cus: 132, granules: 16 } as const
  const profile = { batch: 8, device: 'h200', owner: 'hidden', kernels: 46, file: 'f' } as const
  const text = listingText(
    {
      folder: '/home/me/eclip',
      devices: [
        { ...device, name: 'h200', isModelled: false, date, software },
        { ...device, name: 'mi50', owner: 'shipped', isModelled: true, date },
      ],
      profiles: [
        { ...profile, model: 'vgg19', source: 'measured', latencyMs: 2.345, date, software },
        { ...profile, model: 'albert', source: 'synthesized', latencyMs: 1234, date },
        { ...profile, model: 'bert', source: 'measured', latencyMs: 1 },
      ],
    },
    { colours: 'plain' },
  )
  const versions = 'torch 2.11.0+cu130, driver 580.159.04, other none'
  assert.deepEqual(
    text.split('\n').map((line) => line.trim().split(/ {2,}/)),
    [
      ['your library: /home/me/eclip'],
      [''],
      ['device', 'whose', 'CUs', 'granules', 'measured', 'with'],
      ['h200', 'own', '132', '16', '2026-03-04', versions],
      ['mi50', 'shipped', '132', '16', 'modelled'],
      [''],
      ['alone'],
      ['model/batch', 'device', 'whose', 'kernels', 'ms', 'measured', 'with'],
      ['vgg19/8', 'h200', 'hidden', '46', '2.35', '2026-03-04', versions],
      ['albert/8', 'h200', 'hidden', '46', '1\u{202F}234', 'synthesized'],
      ['bert/8', 'h200', 'hidden', '46', '1.00'],
    ],
  )
})
