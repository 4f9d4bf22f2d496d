import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requestOf } from './requests.js'
import type { Trace } from './trace.js'

/** Kernels named by letters, 10 µs each, with 1 µs between them. */
function trace(names: string, durationUs: (k: number) => number = () => 10): Trace {
  const kernels = [...names].map((name, k) => ({
    ...{ name, grid: [1, 1, 1] as const, block: [32, 1, 1] as const, registers: 8, gpu: 0 },
    ...{ sharedMemoryBytes: 0, startUs: 100 + 11 * k, durationUs: durationUs(k) },
  }))
  return { tool: 'test', kernels, gpus: new Map() }
}

function found(names: string, requests?: number): string {
  const request = requestOf(trace(names), requests, 'trace')
  const kernels = request.kernels.map(({ name }) => name).join('')
  return `${request.requests} x ${kernels}, ${request.leftOut} left out`
}

test('a request is the sequence that repeats up to the end of a trace', () => {
  assert.equal(found('abcabcabc'), '3 x abc, 0 left out')
  assert.equal(found('wxabcabcabc'), '3 x abc, 2 left out')
  assert.equal(found('bcabcabc'), '2 x abc, 2 left out')
})

test('layers that repeat within a request are not mistaken for requests', () => {
  const request = 'eababababh'
  assert.equal(found(request.repeat(4)), `4 x ${request}, 0 left out`)
  assert.equal(found(request, 1), `1 x ${request}, 0 left out`)
})

test('a trace is refused if no request covers half of it', () => {
  const refused = (names: string, requests: number | undefined, message: RegExp) =>
    assert.throws(() => requestOf(trace(names), requests, 'trace'), message)
  refused(
    'abcdefg',
    undefined,
    /^InputError: trace: expected the same kernels again.*--requests says how many/,
  )
  refused('abcdefghh', undefined, /found 9 kernels that do not repeat so$/)
  refused('abcdehihi', undefined, /found 9 kernels/)
  assert.equal(found('abcdhihi'), '2 x hi, 4 left out')
  refused('abcabc', 3, /expected 3 requests of the same kernels, found 6 kernels/)
  refused('a', undefined, /found 1 kernels/)
})

test('a given number of requests is found anywhere in a trace', () => {
  assert.equal(found('wabcabcabcxy', 3), '3 x abc, 3 left out')
  assert.equal(found('abcabcvwxyz', 2), '2 x abc, 5 left out')
  assert.equal(found('abab', 2), '2 x ab, 0 left out')
  assert.equal(found('aaaa', 2), '2 x aa, 0 left out')
  assert.equal(found('abcabcab', 2), '2 x cab, 2 left out', 'the last of equals')
})

test('kernels with the same name but different shapes are different', () => {
  const { kernels, ...rest } = trace('abab')
  for (const [first, second] of [
    [{ grid: [1, 1, 1] }, { grid: [2, 1, 1] }],
    [{ block: [32, 1, 1] }, { block: [1, 1, 32] }],
  ] as const) {
    const other = kernels.map((kernel, k) => ({ ...kernel, ...(k < 2 ? first : second) }))
    assert.throws(() => requestOf({ ...rest, kernels: other }, undefined, 'trace'))
  }
})

test('durations and span are medians over the requests', () => {
  const slowFirst = trace('ababab', (k) => [12, 40, 10, 24, 50, 20][k])
  const { kernels, spanUs } = requestOf(slowFirst, undefined, 'trace')
  assert.deepEqual(
    kernels.map(({ durationUs }) => durationUs),
    [12, 24],
  )
  // From 11 µs before the start of the second kernel to its end: 51, 35, 50 (still the first kernel).
  assert.equal(spanUs, 50)
  const early = slowFirst.kernels.map((one) => ({ ...one, startUs: one.startUs - 1e6 }))
  assert.equal(requestOf({ ...slowFirst, kernels: early }, undefined, 'trace').spanUs, 50)
})

test('any request is found as a whole when it repeats, whatever kernels come before it', () => {
  const distinct = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1, maxLength: 8 })
  const warmUp = fc.array(fc.constantFrom(...'wxyz'), { maxLength: 8 })
  fc.assert(
    fc.property(distinct, warmUp, fc.integer({ min: 2, max: 6 }), (request, before, times) => {
      fc.pre(2 * request.length * times >= before.length + request.length * times)
      const names = before.join('') + request.join('').repeat(times)
      const expected = `${times} x ${request.join('')}, ${before.length} left out`
      assert.equal(found(names), expected)
      assert.equal(found(names, times), expected)
    }),
  )
})
