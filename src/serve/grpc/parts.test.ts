import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CODES, grpcClientOfEchoes, input } from './client.test.fixture.js'
import { bytes, type Field, integer, message } from './wire.test.fixture.js'

const PARSED_BYTES = 30_000
const client = grpcClientOfEchoes({ limits: { parsedBytes: PARSED_BYTES } })

function request(elements: number, ...tensor: readonly Field[]): Uint8Array {
  return message(bytes(1, 'echo-UINT8'), input('IN_UINT8', 'UINT8', [1, elements]), ...tensor)
}

test('more of a message than is taken apart is refused, and as many raw bytes are not', async () => {
  const values = new Uint8Array(2 * PARSED_BYTES)
  const raw = await client().call('ModelInfer', [request(values.length, bytes(7, values))])
  assert.equal(raw.code, CODES.OK, raw.details)
  const contents = bytes(5, bytes(4, values))
  const typed = await client().call('ModelInfer', [message(bytes(1, 'echo-UINT8'), contents)])
  assert.equal(typed.code, CODES.RESOURCE_EXHAUSTED)
  assert.match(typed.details, /without its raw tensors is longer than 30000 bytes/)
})

test('a message of very many parts is refused, and so is one that is none', async () => {
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
