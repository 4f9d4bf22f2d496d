import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { catalog } from '../device/catalog/registry.js'
import type { Profile } from '../profile/profile.js'
import {
  loadDevice,
  loadProfile,
  loadShippedProfile,
  ownDevices,
  shippedProfileFiles,
} from './library.js'
import { ownDeviceFile, ownProfileFile } from './library-folder.js'
import { listLibrary } from './listing.js'
import { loadScenario } from './scenario.js'
import { writeJson } from './write.js'

const root = mkdtempSync(join(tmpdir(), 'eclip-library-'))
const before = process.env.ECLIP_LIBRARY
after(() => {
  rmSync(root, { recursive: true })
  if (before === undefined) delete process.env.ECLIP_LIBRARY
  else process.env.ECLIP_LIBRARY = before
})

let libraries = 0
/** Every test has a library of its own, because a profile file is read only once per process. */
beforeEach(() => {
  process.env.ECLIP_LIBRARY = join(root, `${libraries++}`)
})

const ASKED = { file: 'mix', path: 'workers[0]' }

function profile(overrides: Partial<Profile> = {}): Profile {
  const shape = { grid: [1, 1, 1], block: [32, 1, 1], registers: 8, sharedMemoryBytes: 0 } as const
  return {
    format: 'eclip.profile/1',
    model: 'vit_b_16',
    batch: 8,
    device: 'mine',
    source: 'measured',
    date: '2026-11-22T10:00:00.000Z',
    software: { driver: '580' },
    kernels: [{ name: 'k', ...shape, grid: [1, 1, 1], block: [32, 1, 1], durationUs: { 132: 5 } }],
    ...overrides,
  }
}

function keep(overrides: Partial<Profile> = {}): void {
  const kept = profile(overrides)
  writeJson(ownProfileFile(kept), kept)
}

function keepDevice(name: string): void {
  writeJson(ownDeviceFile(name), { ...h200, name, date: '2026-11-22T09:00:00.000Z' })
}

test("a user's own devices and profiles are found by name, also from a mix", () => {
  keepDevice('mine')
  keep()
  keep({ batch: 4 })
  const { device, workers } = loadScenario('vit_b_16/8+2*vit_b_16/4', 'mine')
  assert.equal(device.name, 'mine')
  assert.deepEqual(
    workers.map(({ name }) => name),
    ['vit_b_16/8', 'vit_b_16/4', 'vit_b_16/4#2'],
  )
})

test('a profile that is not compressed is found as well', () => {
  keepDevice('mine')
  const kept = profile({ model: 'edited' })
  writeJson(ownProfileFile(kept).replace(/\.gz$/, ''), kept)
  assert.equal(loadProfile('mine', 'edited', 8, ASKED).model, 'edited')
})

test("a user's own files come before those that ship, which can still be asked for", () => {
  writeJson(ownDeviceFile('h200'), { ...h200, queueLimit: 7 })
  keep({ model: 'vgg19', device: 'h200' })
  assert.equal(loadDevice('h200', 'f', 'device').queueLimit, 7)
  assert.equal(loadProfile('h200', 'vgg19', 8, ASKED).kernels.length, 1)
  assert.ok(loadProfile('h200', 'vgg19', 32, ASKED).kernels.length > 1)
  assert.ok(loadShippedProfile('h200', 'vgg19', 8, ASKED).kernels.length > 1)
})

test('a model without a profile for the device is refused, and the error says which devices have one', () => {
  keepDevice('mine')
  keep()
  const refused = (model: string, batch: number, device: string, message: RegExp) =>
    assert.throws(() => loadProfile(device, model, batch, ASKED), message)
  refused(
    'unheard_of',
    8,
    'mine',
    /^InputError: mix: workers\[0\]\.model: expected one of vit_b_16, profiled on mine, found "unheard_of"$/,
  )
  refused('vgg19', 8, 'mine', /found "vgg19", profiled on h100 and h200 only$/)
  refused(
    'vit_b_16',
    4,
    'mine',
    /workers\[0\]\.batch: expected batch 8 of vit_b_16, profiled on mine, found 4$/,
  )
  refused(
    'vit_b_16',
    8,
    'other',
    /a model with a profile made on other \(none in [^ ]+, none ships: eclip profile makes one\), found "vit_b_16", profiled on mine and h100 and h200 only$/,
  )
  refused(
    'vgg19',
    8,
    'a100',
    /: eclip profile synth --device a100 --model vgg19 --batch 8 -o [^ ]+profiles\/a100\/vgg19-8\.json\.gz\), found/,
  )
})

test('a file that holds a different device or profile than its name says is refused', () => {
  writeJson(ownDeviceFile('renamed'), { ...h200, name: 'mine' })
  assert.throws(() => ownDevices(), /renamed\.json: name: expected "renamed".*found "mine"/)
  rmSync(ownDeviceFile('renamed'))
  const moved = ownProfileFile({ device: 'mine', model: 'vit_b_16', batch: 8 })
  const cases: [Partial<Profile>, RegExp][] = [
    [{ device: 'other' }, /vit_b_16-8\.json\.gz: device: expected "mine".*found "other"/],
    [{ model: 'bert' }, /model: expected "vit_b_16".*found "bert"/],
    [{ batch: 4 }, /batch: expected 8.*found 4/],
  ]
  cases.forEach(([overrides, message], i) => {
    process.env.ECLIP_LIBRARY = join(root, `moved-${i}`)
    const file = moved.replace(/.*profiles/, join(root, `moved-${i}`, 'profiles'))
    writeJson(file, profile(overrides))
    assert.throws(() => loadProfile('mine', 'vit_b_16', 8, ASKED), message)
  })
})

test('a model whose name cannot be a file name is asked for by its file name', () => {
  keep({ model: 'org/model:v2' })
  assert.equal(loadProfile('mine', 'org-model-v2', 8, ASKED).model, 'org/model:v2')
})

test('files that do not belong to a library are skipped', () => {
  keepDevice('mine')
  keep()
  for (const stray of ['devices/notes.txt', 'profiles/readme.md', 'profiles/mine/old.json']) {
    const file = join(process.env.ECLIP_LIBRARY!, stray)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, 'x')
  }
  const { devices, profiles } = listLibrary()
  assert.equal(devices.filter(({ owner }) => owner === 'own').length, 1)
  assert.equal(profiles.filter(({ owner }) => owner === 'own').length, 1)
})

test('the listing names everything, including what is hidden by something with the same name', () => {
  keepDevice('mine')
  keepDevice('h200')
  keep()
  keep({ model: 'vgg19', device: 'h200' })
  const { folder, devices, profiles } = listLibrary()
  assert.equal(folder, process.env.ECLIP_LIBRARY)
  assert.deepEqual(
    devices.map(({ name, owner }) => `${name} ${owner}`),
    [
      'h200 own',
      'mine own',
      ...[...catalog.keys()].map((name) => `${name} ${name === 'h200' ? 'hidden' : 'shipped'}`),
    ],
  )
  const [first] = profiles.filter(({ model }) => model === 'vit_b_16')
  assert.deepEqual(
    [
      first.owner,
      first.batch,
      first.device,
      first.kernels,
      first.latencyMs,
      first.date?.slice(0, 4),
    ],
    ['own', 8, 'mine', 1, 0.005, '2026'],
  )
  const vgg19 = profiles.filter(
    ({ model, batch, device }) => model === 'vgg19' && batch === 8 && device === 'h200',
  )
  assert.deepEqual(
    vgg19.map(({ owner }) => owner),
    ['own', 'hidden'],
  )
})

test('without a library there is only what ships', () => {
  const { profiles } = listLibrary()
  assert.equal(profiles.length, shippedProfileFiles().length)
  assert.ok(profiles.every(({ owner }) => owner === 'shipped'))
})
