import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { catalog } from '../device/catalog/registry.js'
import { profileSchema } from '../profile/profile.js'
import { runEclip } from './eclip.test.fixture.js'

function synth(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const run = runEclip(['profile', 'synth', ...args])
  return { code: run.status, stdout: run.stdout, stderr: run.stderr }
}

test('writes a valid profile marked as synthesized', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'vgg19.json')
  const run = synth('--model', 'vgg19', '--batch', '2', '--device', 'mi50', '-o', file)
  assert.equal(run.code, 0, run.stderr)
  const profile = profileSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const { model, batch, device, source, kernels } = profile
  assert.deepEqual(
    { model, batch, device, source, kernels: kernels.length },
    { model: 'vgg19', batch: 2, device: 'mi50', source: 'synthesized', kernels: 62 },
  )
})

test('writes several batches into a folder, for a device of the user that is like one of the catalog', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const h200 = catalog.get('h200')!
  const file = join(folder, 'half.json')
  const half = { ...h200, name: 'half', granules: h200.granules.slice(0, 8) }
  writeFileSync(file, JSON.stringify(half))
  const asked = ['--model', 'vgg19', '--batch', '1,2', '--device', file]
  const unlike = synth(...asked)
  assert.equal(unlike.code, 2)
  assert.match(unlike.stderr, /^eclip: --like: expected one of .*h200.* nothing is known of half/)
  const run = synth(...asked, '--like', 'h200', '--output', join(folder, 'made'), '--json')
  assert.equal(run.code, 0, run.stderr)
  const profiles: { batch: number; device: string }[] = JSON.parse(run.stdout)
  assert.deepEqual(
    profiles.map(({ batch, device }) => [batch, device]),
    [
      [1, 'half'],
      [2, 'half'],
    ],
  )
  assert.deepEqual(readdirSync(join(folder, 'made')), ['vgg19-1.json.gz', 'vgg19-2.json.gz'])
})

test('prints the error of the method for every recorded profile', () => {
  const run = synth('--check', '--device', 'h200', '--json')
  assert.equal(run.code, 0, run.stderr)
  const errors: { meanAbsolute: number; byCus: unknown[] }[] = JSON.parse(run.stdout)
  assert.ok(errors.length >= 7)
  for (const error of errors) assert.ok(error.meanAbsolute > 0 && error.byCus.length > 1)
})

test('bad input exits with 2 and one line', () => {
  for (const [args, place] of [
    [[], '--model'],
    [['--model', 'lenet'], '--model'],
    [['--model', 'vgg19', '--device', 'abacus'], '--device'],
  ] as const) {
    const run = synth(...args)
    assert.ok(run.stderr.startsWith(`eclip: ${place}: expected`), run.stderr)
    assert.equal(run.code, 2)
    assert.equal(run.stdout, '')
    assert.equal(run.stderr.trimEnd().split('\n').length, 1)
  }
})
