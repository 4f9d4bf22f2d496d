import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Answer, AnswerReader } from './http-answer.js'

/** How an answer says where its body ends. */
const FRAMINGS = {
  length: (body: Buffer) => ({ head: `Content-LENGTH:  ${body.length} \r\n`, bytes: body }),
  chunked: (body: Buffer) => ({ head: 'transfer-encoding: Chunked\r\n', bytes: chunked(body) }),
  'until closed': (body: Buffer) => ({ head: '', bytes: body }),
}

function chunked(body: Buffer): Buffer {
  const pieces = []
  for (let at = 0; at < body.length; at += 7) {
    const chunk = body.subarray(at, at + 7)
    pieces.push(Buffer.from(`${chunk.length.toString(16)};note=x\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\nx-trailer: y\r\n\r\n')])
}

/** What is read of bytes that come in these pieces, and whether the connection is to be kept. */
function readIn(bytes: Buffer, cuts: readonly number[]) {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  const reader = new AnswerReader()
  let answer: Answer | undefined
  let at = 0
  for (const end of ends.filter((one, i) => one > (ends[i - 1] ?? 0))) {
    assert.equal(answer, undefined)
    answer = reader.push(bytes.subarray(at, end))
    at = end
  }
  const { status, headers, chunks } = (answer ?? reader.end())!
  return { status, headers, body: Buffer.concat(chunks), isLast: reader.isLast }
}

test('an answer is read the same in whatever pieces it comes', () => {
  const cases = fc.record({
    body: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    framing: fc.constantFrom(...(Object.keys(FRAMINGS) as (keyof typeof FRAMINGS)[])),
    status: fc.constantFrom(200, 429, 500),
    interim: fc.nat(2),
    closes: fc.boolean(),
    cuts: fc.array(fc.nat(), { maxLength: 12 }),
  })
  fc.assert(
    fc.property(cases, ({ body, framing, status, interim, closes, cuts }) => {
      const { head, bytes } = FRAMINGS[framing](body)
      const first = 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(interim)
      const close = closes ? 'Connection: close\r\n' : ''
      const all = `${first}HTTP/1.1 ${status} Why\r\nX-Many: a\r\nx-many: b\r\n${head}${close}\r\n`
      const found = readIn(Buffer.concat([Buffer.from(all), bytes]), cuts)
      assert.equal(found.status, status)
      assert.equal(found.headers['x-many'], 'a, b')
      assert.deepEqual(found.body, body)
      assert.equal(found.isLast, closes || framing === 'until closed')
    }),
  )
})

test('an answer without a body, and of HTTP/1.0', () => {
  const answers = {
    'HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n': false,
    'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n': false,
    'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n': true,
    'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n': false,
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore than was asked for': true,
  }
  for (const [bytes, isLast] of Object.entries(answers)) {
    const found = readIn(Buffer.from(bytes), [])
    assert.deepEqual([found.body.length, found.isLast], [0, isLast], bytes)
  }
})

test('what is no answer is not taken for one', () => {
  for (const bytes of [
    'SSH-2.0-OpenSSH_9.6\r\n\r\n',
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`,
  ])
    assert.throws(() => new AnswerReader().push(Buffer.from(bytes)), /answer/, bytes.slice(0, 60))
  const cutShort = new AnswerReader()
  assert.equal(cutShort.hasBegun, false)
  cutShort.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc'))
  assert.deepEqual([cutShort.hasBegun, cutShort.end()], [true, undefined])
})
