import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const MODULE = new URL('./at-exit.js', import.meta.url).href

function run(lines: readonly string[]): string {
  const script = [`import { atExit } from '${MODULE}'`, ...lines].join('\n')
  const options = ['--input-type=module', '--eval', script]
  return spawnSync(process.execPath, options, { encoding: 'utf8' }).stdout
}

test('tasks run at exit, in order, unless they are cancelled', () => {
  const lines = [
    "atExit(() => console.log('first'))",
    "const undo = atExit(() => console.log('second'))",
    "atExit(() => console.log('third'))",
    'undo()',
    'process.exit(1)',
  ]
  assert.equal(run(lines), 'first\nthird\n')
})

test('any number of tasks needs only one listener', () => {
  const lines = [
    "const before = process.listenerCount('exit')",
    'const undone = Array.from({ length: 50 }, () => atExit(() => {}))',
    "console.log(process.listenerCount('exit') - before)",
    'for (const undo of undone) undo()',
    "console.log(process.listenerCount('exit') - before)",
  ]
  assert.equal(run(lines), '1\n0\n')
})

test('a task alone runs, and the one that is left when another is cancelled', () => {
  assert.equal(run(["atExit(() => console.log('alone'))"]), 'alone\n')
  const lines = [
    "const undo = atExit(() => console.log('cancelled'))",
    "atExit(() => console.log('left'))",
    'undo()',
  ]
  assert.equal(run(lines), 'left\n')
})
