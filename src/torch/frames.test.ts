import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WorkError } from '../errors.js'
import { encodeFrame, FRAME_LIMIT, FrameReader } from './frames.js'

test('messages survive any cutting of the stream', () => {
  const messages = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 })
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 50 })), (sent, sizes) => {
      const stream = Buffer.concat(sent.map(encodeFrame))
      const reader = new FrameReader()
      const received: object[] = []
      let at = 0
      for (const size of [...sizes, stream.length]) {
        received.push(...reader.push(stream.subarray(at, at + size)))
        at += size
      }
      assert.deepEqual(JSON.stringify(received), JSON.stringify(sent))
    }),
  )
})

for (const [name, frame] of [
  ['a frame above the limit', lengthOf(FRAME_LIMIT + 1)],
  ['text that is not JSON', framed('nonsense')],
  ['an array', framed('[1]')],
  ['null', framed('null')],
] as const) {
  test(`${name} is refused`, () => {
    assert.throws(() => new FrameReader().push(frame), WorkError)
  })
}

test('a message above the limit is not sent', () => {
  assert.throws(() => encodeFrame({ text: 'x'.repeat(FRAME_LIMIT) }), WorkError)
})

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes)
  return length
}

function framed(text: string): Buffer {
  return Buffer.concat([lengthOf(text.length), Buffer.from(text)])
}
