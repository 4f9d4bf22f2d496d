import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../refusal.js'
import { CODES, grpcClientOfEchoes, input } from './client.test.fixture.js'
import { checkMessageLimits } from './message-limits.js'
import { bytes, type Field, integer, message } from './wire.test.fixture.js'

const PARSED_BYTES = 30_000
const client = grpcClientOfEchoes({ limits: { parsedBytes: PARSED_BYTES } })

const narrow = grpcClientOfEchoes({ limits: { bodyBytes: 100 } })

function request(elements: number, ...tensor: readonly Field[]): Uint8Array {
  return message(bytes(1, 'echo-UINT8'), input('IN_UINT8', 'UINT8', [1, elements]), ...tensor)
}

test('a message with more to parse than allowed is refused, but not one with as many raw bytes', async () => {
  const values = new Uint8Array(2 * PARSED_BYTES)
  const raw = await client().call('ModelInfer', [request(values.length, bytes(7, values))])
  assert.equal(raw.code, CODES.OK, raw.details)
  const contents = bytes(5, bytes(4, values))
  const typed = await client().call('ModelInfer', [message(bytes(1, 'echo-UINT8'), contents)])
  assert.equal(typed.code, CODES.RESOURCE_EXHAUSTED)
  assert.match(typed.details, /without its raw tensors is longer than 30000 bytes/)
})

test('a message may be as long as the limit and no longer', async () => {
  const codeOf = async (length: number): Promise<number> => {
    const named = message(bytes(1, 'x'.repeat(length - 2)))
    assert.equal(named.byteLength, length)
    return (await narrow().call('ModelMetadata', [named])).code
  }
  assert.equal(await codeOf(100), CODES.NOT_FOUND)
  assert.equal(await codeOf(101), CODES.RESOURCE_EXHAUSTED)
})

test('a message with too many parts is refused, and so are bytes that are not a message', async () => {
  const many = await client().call('ModelInfer', [message(...Array(10_001).fill(bytes(5, '')))])
  assert.deepEqual(
    [many.code, many.details],
    [CODES.RESOURCE_EXHAUSTED, 'the message has more than 10000 parts'],
  )
  const endless = [Uint8Array.of(0x2a, 0x7f), Uint8Array.of(0x0f), message(integer(0, 1))]
  for (const broken of endless) {
    const { code, details } = await client().call('ModelInfer', [broken])
    assert.equal(code, CODES.INVALID_ARGUMENT, details)
    assert.match(details, /^not a ModelInferRequest: /)
  }
})

test('inputs are parsed up to each limit exactly', () => {
  const [SHAPE, PARAMETERS, CONTENTS] = [3, 4, 5]
  const parts = (n: number, field: Field): Field[] => Array(n).fill(field)
  const contents = (fields: Field[]) => [bytes(CONTENTS, Buffer.concat(fields))]
  /** Numbers of two bytes each; only the last byte of a number has no continuation bit. */
  const packed = (n: number) => new Uint8Array(2 * n).map((_, i) => (i % 2 === 0 ? 0x80 : 1))
  const cases: [what: string, most: number, of: (count: number) => Field[]][] = [
    ['parts', 10_000, (n) => parts(n - 1, bytes(PARAMETERS, ''))],
    ['parts', 10_000, (n) => [bytes(SHAPE, packed(n - 1))]],
    ['parts', 10_000, (n) => [bytes(SHAPE, packed(5000)), ...parts(n - 5001, integer(SHAPE, 1))]],
    ['elements', 2 ** 18, (n) => contents(parts(n, bytes(8, '')))],
    ['elements', 2 ** 18, (n) => contents(parts(n, integer(3, 300)))],
    ...[1, 2, 3, 4, 5].map((kind): (typeof cases)[number] => {
      return ['packed values', 2 ** 21, (n) => contents([bytes(kind, packed(n))])]
    }),
  ]
  const refusalOf = (fields: Field[]): unknown => {
    try {
      checkMessageLimits(bytes(5, Buffer.concat(fields)), 2 ** 24)
      return undefined
    } catch (error) {
      return error
    }
  }
  for (const [what, most, of] of cases) {
    assert.equal(refusalOf(of(most)), undefined, what)
    const refusal = refusalOf(of(most + 1))
    assert.ok(refusal instanceof Refusal && refusal.reason === 'too-large')
    assert.equal(refusal.message, `the message has more than ${most} ${what}`)
  }
})

test('all parts but raw tensors count, up to the limit exactly', () => {
  // A field takes a byte for its number, one for its length, and its content.
  const name = bytes(1, 'x'.repeat(98))
  const raw = bytes(7, new Uint8Array(5000))
  checkMessageLimits(Buffer.concat([name, raw, name]), 200)
  assert.throws(() => checkMessageLimits(Buffer.concat([name, raw, name]), 199), {
    reason: 'too-large',
  })
})
