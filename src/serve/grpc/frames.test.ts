import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { settledBytes } from '../memory.test.fixture.js'
import { Refusal } from '../refusal.js'
import { type Frame, FrameReader, frameOf } from './frames.js'

const contents = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes))
const frames = fc.array(fc.record({ isCompressed: fc.boolean(), content: contents }), {
  maxLength: 6,
})

test('frames come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(20), { minLength: 1 }), (sent, cuts) => {
      const announced: number[] = []
      const reader = new FrameReader((bytes) => announced.push(bytes))
      const stream = Buffer.concat(sent.map(frameOf))
      const read: Frame[] = []
      for (let at = 0, i = 0; at < stream.byteLength; i++) {
        const size = 1 + cuts[i % cuts.length]
        reader.push(stream.subarray(at, at + size))
        at += size
        for (let frame = reader.next(); frame !== undefined; frame = reader.next()) read.push(frame)
      }
      assert.equal(reader.isWithinFrame, false)
      assert.deepEqual(
        read.map(({ isCompressed, content }) => [isCompressed, content.toString('hex')]),
        sent.map(({ isCompressed, content }) => [isCompressed, content.toString('hex')]),
      )
      assert.deepEqual(
        announced,
        sent.map(({ content }) => content.byteLength),
      )
    }),
  )
})

test('a message is refused before it arrives if it is too long, or begins with an unknown flag', () => {
  const reader = () =>
    new FrameReader((bytes) => {
      if (bytes > 10) throw new Refusal('too-large', `${bytes}`)
    })
  const long = reader()
  long.push(Buffer.from([0, 0, 0, 0, 11]))
  assert.throws(() => long.next(), { reason: 'too-large', message: '11' })
  const wrong = reader()
  wrong.push(Buffer.from([2, 0, 0, 0, 0]))
  assert.throws(() => wrong.next(), { reason: 'invalid' })
  const begun = reader()
  begun.push(Buffer.from([0, 0, 0]))
  assert.equal(begun.next(), undefined)
  assert.equal(begun.isWithinFrame, true)
  begun.push(Buffer.from([0, 4]))
  assert.equal(begun.next(), undefined)
  assert.equal(begun.isWithinFrame, true, 'the head is there, and nothing else')
})

test('a message keeps little of what was read with it, and so does what follows it', async () => {
  const readers = Array.from({ length: 100 }, () => new FrameReader(() => {}))
  const keptBy = (reader: FrameReader): Buffer => {
    const small = frameOf({ isCompressed: false, content: Buffer.from('small') })
    const large = frameOf({ isCompressed: false, content: Buffer.alloc(2 ** 20) })
    reader.push(Buffer.concat([small, large, small.subarray(0, 1)]))
    const content = reader.next()!.content
    assert.equal(reader.next()?.content.byteLength, 2 ** 20)
    return content
  }
  const before = await settledBytes()
  const kept = readers.map(keptBy)
  const more = (await settledBytes()) - before
  assert.ok(more < 2 ** 24, `${more} more bytes for ${kept.length} messages`)
  assert.ok(readers.every(({ isWithinFrame }) => isWithinFrame))
})

test('the pieces of a message count for the memory that they take', () => {
  const reader = new FrameReader(() => {})
  for (let i = 0; i < 100; i++) reader.push(Buffer.from([0]))
  assert.ok(reader.takenBytes > 100 * 100)
})

test('a message in crumbs is refused, but one in many larger pieces is not', () => {
  const bytes = 600_000
  const begun = (): FrameReader => {
    const reader = new FrameReader(() => {})
    const head = Buffer.alloc(5)
    head.writeUInt32BE(bytes, 1)
    reader.push(head)
    reader.next()
    return reader
  }
  const crumbs = begun()
  const push = (): void => {
    for (let i = 0; i < 5000; i++) crumbs.push(Buffer.from([0]))
  }
  assert.throws(push, { reason: 'crumbs' })
  const pieces = begun()
  for (let i = 0; i < 6000; i++) pieces.push(Buffer.alloc(100))
  assert.equal(pieces.next()?.content.byteLength, bytes)
})
