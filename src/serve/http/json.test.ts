import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from './json.js'

/** Strings with contents that could be mistaken for the end of a string, or for an integer. */
const tricky = fc.string({ unit: fc.constantFrom('"', '\\', '-', '1234567890123456', 'a', ' ') })

test('64-bit integers come out exactly, and nothing else changes', () => {
  const integer = fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n)
  const value = fc.oneof(integer, tricky, fc.double({ min: -1e9, max: 1e9, noNaN: true }))
  fc.assert(
    fc.property(fc.array(value), tricky, (values, name) => {
      const texts = values.map((one) => (typeof one === 'bigint' ? `${one}` : JSON.stringify(one)))
      const text = `{"datatype":"INT64","name":${JSON.stringify(name)},"data":[${texts}]}`
      const expected = values.map((one) => {
        if (typeof one === 'bigint') return Number.isSafeInteger(Number(one)) ? Number(one) : one
        return Object.is(one, -0) ? 0 : one
      })
      assert.deepEqual(parseJson(text), { datatype: 'INT64', name, data: expected })
    }),
  )
})

test('a long string beside such integers is accepted, and one that never ends is refused at once', () => {
  const beside = '{"datatype":"INT64","data":[9007199254740993],"name":"'
  const { length } = (parseJson(`${beside}${'\\n'.repeat(6e6)}"}`) as { name: string }).name
  assert.equal(length, 6e6)
  assert.throws(() => parseJson(`${beside}${'\\"'.repeat(1e6)}`), /not JSON: Unterminated/)
})

test('whatever else is beside such integers stays as it is', () => {
  const text = '{"datatype":"INT64","data":[9007199254740993],"id":null,"more":[true,0.5,{}]}'
  const more = { id: null, more: [true, 0.5, {}] }
  assert.deepEqual(parseJson(text), { datatype: 'INT64', data: [9007199254740993n], ...more })
})

test('an integer beyond 64 bits is a number like any other', () => {
  const text = `{"datatype":"UINT64","data":[${'9'.repeat(21)}]}`
  assert.deepEqual(parseJson(text), { datatype: 'UINT64', data: [1e21] })
})

test('JSON with too many parts is not parsed, unless it is short', () => {
  const arrays = (count: number): string => `[${Array(count).fill('[]').join(',')}]`
  assert.equal((parseJson(arrays(80_000)) as unknown[]).length, 80_000)
  const message = /^the JSON has more than 131072 arrays and objects, which is the most: send/
  assert.throws(() => parseJson(arrays(2 ** 17)), { reason: 'invalid', message })
  const deep = `{"datatype":"INT64","data":${'['.repeat(1e5)}1234567890123456${']'.repeat(1e5)}}`
  assert.throws(() => parseJson(deep), /more than 100 levels of nesting/)
})
