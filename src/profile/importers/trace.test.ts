import assert from 'node:assert/strict'
import { test } from 'node:test'
import { traceOf } from './trace.js'

function read(names: readonly string[]) {
  return names.map((name, k) => ({
    place: `row ${k + 1}`,
    kernel: {
      ...{ name, grid: [1, 1, 1], block: [32, 1, 1], registers: 8, sharedMemoryBytes: 0, gpu: 0 },
      // Rows may come in any order: here the last one starts first.
      ...{ startUs: 100 - 10 * k, durationUs: 5 },
    },
  }))
}

const namesOf = (names: readonly string[]): string[] =>
  traceOf('test', read(names), new Map(), 'trace').kernels.map(({ name }) => name)

test('kernels are in the order of their starts', () => {
  assert.deepEqual(namesOf(['c', 'b', 'a']), ['a', 'b', 'c'])
})

test('kernels by which the driver sets and copies memory are left out, but none that only contain these words', () => {
  const names = ['memset32', 'Memcpy DtoD', 'fused_memcpy_add', 'gemm']
  assert.deepEqual(namesOf(names), ['gemm', 'fused_memcpy_add'])
  assert.throws(() => namesOf(names.slice(0, 2)), {
    name: 'InputError',
    message: 'trace: expected kernels in a trace of test, found none',
  })
})
