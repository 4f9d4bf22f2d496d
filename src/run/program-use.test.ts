import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usesOf } from './program-use.js'
import type { ProgramState } from './run-state.js'

const program = (name: string, pid: number): ProgramState => ({
  name,
  command: ['x'],
  state: 'running',
  process: { pid, startTicks: 1 },
  sharePercent: 40,
  priority: 'normal',
  restarts: 0,
})
const FAMILIES = new Map([
  [10, [10, 11]],
  [20, [20]],
])
const familyOf = (pid: number) => FAMILIES.get(pid)!

test('a program uses what its processes use, and power is divided by SM time', () => {
  const processes = [
    { pid: 11, smPercent: 60 },
    { pid: 11, smPercent: 40 },
    { pid: 11, memoryBytes: 3e9 },
    { pid: 10, memoryBytes: 1e9 },
    { pid: 20, smPercent: 30 },
    { pid: 99, smPercent: 20 },
  ]
  const uses = usesOf([program('a', 10), program('b', 20)], { processes, powerW: 400 }, familyOf)
  assert.deepEqual(
    uses.map(({ smPercent, memoryBytes, powerW }) => ({ smPercent, memoryBytes, powerW })),
    [
      { smPercent: 50, memoryBytes: 4e9, powerW: 200 },
      { smPercent: 30, memoryBytes: null, powerW: 120 },
    ],
  )
})

test('a value that nobody measures is null, not 0', () => {
  const { process: _, ...waiting } = program('c', 30)
  const use = { processes: [{ pid: 10, memoryBytes: 5 }], powerW: 400 }
  const uses = usesOf([program('a', 10), { ...waiting, state: 'waiting' }], use, familyOf)
  assert.deepEqual(
    uses.map(({ pid, smPercent, memoryBytes, powerW }) => [pid, smPercent, memoryBytes, powerW]),
    [
      [10, null, 5, null],
      [null, null, null, null],
    ],
  )
})

test('on a device that nobody uses, nobody has a part of the power', () => {
  const use = { processes: [{ pid: 20, smPercent: 0 }], powerW: 80 }
  assert.equal(usesOf([program('b', 20)], use, familyOf)[0].powerW, 0)
  const hardly = { processes: [{ pid: 20, smPercent: 0.5 }], powerW: 80 }
  assert.equal(usesOf([program('b', 20)], hardly, familyOf)[0].powerW, 80)
  const unknown = { processes: [{ pid: 20, smPercent: 50 }], powerW: undefined }
  assert.equal(usesOf([program('b', 20)], unknown, familyOf)[0].powerW, null)
})

test('a program is shown with its present and future limits, null where it has none', () => {
  const { sharePercent: _, ...whole } = program('b', 20)
  const next = { sharePercent: 20, priority: 'low' } as const
  const granted = { ...program('a', 10), memoryBytes: 2e9, next, yields: true, restarts: 3 }
  const placed: ProgramState = { ...whole, granules: '0-7', yields: false, priority: 'low' }
  const unmeasured = { smPercent: null, memoryBytes: null, powerW: null }
  assert.deepEqual(usesOf([granted, placed], { processes: [], powerW: undefined }, familyOf), [
    {
      ...{ name: 'a', state: 'running', pid: 10, sharePercent: 40, granules: null, next },
      ...{ priority: 'normal', yields: true, memoryLimitBytes: 2e9, ...unmeasured, restarts: 3 },
    },
    {
      ...{ name: 'b', state: 'running', pid: 20, sharePercent: null, granules: '0-7', next: null },
      ...{ priority: 'low', memoryLimitBytes: null, ...unmeasured, restarts: 0 },
    },
  ])
})
