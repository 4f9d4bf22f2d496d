import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
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

test('prints the error of the method for every recorded profile', () => {
  const run = synth('--check', '--device', 'h200', '--json')
  assert.equal(run.code, 0, run.stderr)
  const errors: { meanAbsolute: number; byCus: unknown[] }[] = JSON.parse(run.stdout)
  assert.ok(errors.length >= 7)
  for (const error of errors) assert.ok(error.meanAbsolute > 0 && error.byCus.length > 1)
})

test('bad input exits with 2 and one line', () => {
  for (const args of [[], ['--model', 'lenet'], ['--model', 'vgg19', '--device', 'abacus']]) {
    const run = synth(...args)
    assert.equal(run.code, 2)
    assert.equal(run.stdout, '')
    assert.equal(run.stderr.trimEnd().split('\n').length, 1)
  }
})
