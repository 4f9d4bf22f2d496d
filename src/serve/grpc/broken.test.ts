import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { CODES, grpcClientOfEchoes } from './client.test.fixture.js'

const client = grpcClientOfEchoes({ limits: { idleTimeoutMs: 2 ** 30 } })

const SETTINGS = 4
const HEADERS = 1
const CONTINUATION = 9
const END_STREAM = 1
const END_HEADERS = 4

/** The longest frame that a server reads by default. */
const FRAME_BYTES = 16_384

/** A frame as RFC 9113 defines it: length, type, flags, stream and content. */
function frame(type: number, flags: number, stream: number, content = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(content.byteLength, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, content])
}

/** The head of a call with one header of this many bytes, in as many frames as it needs. */
function longHead(valueBytes: number): Buffer {
  const left = valueBytes - 127
  const length = [127, (left & 127) | 128, ((left >> 7) & 127) | 128, left >> 14]
  const field = Buffer.from([0x10, 1, 'a'.charCodeAt(0), ...length])
  const block = Buffer.concat([field, Buffer.alloc(valueBytes, '~')])
  const frames = [frame(HEADERS, END_STREAM, 1, block.subarray(0, FRAME_BYTES))]
  for (let at = FRAME_BYTES; at < block.byteLength; at += FRAME_BYTES) {
    const isLast = at + FRAME_BYTES >= block.byteLength
    const part = block.subarray(at, at + FRAME_BYTES)
    frames.push(frame(CONTINUATION, isLast ? END_HEADERS : 0, 1, part))
  }
  return Buffer.concat(frames)
}

test('a connection that received a header of more than 64 KB ends, and others do not', {
  timeout: 30_000,
}, async () => {
  const [host, port] = client().server.grpcAddress.split(':')
  const socket = connect(Number(port), host)
  socket.on('error', () => {})
  socket.resume()
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame(SETTINGS, 0, 0))
  socket.write(longHead(70_000))
  await once(socket, 'close')
  assert.equal((await client().call('ServerLive', [Buffer.alloc(0)])).code, CODES.OK)
})

test('a call with too much metadata is refused, and its connection goes on', async () => {
  assert.equal((await client().call('ServerLive', [Buffer.alloc(0)])).code, CODES.OK)
  const stream = client().open('ServerLive', { 'x-long': '~'.repeat(20_000) })
  stream.end()
  // gRPC reads this as RESOURCE_EXHAUSTED.
  await assert.rejects(once(stream, 'close'), /ENHANCE_YOUR_CALM/)
  // Connections are checked once a second for being broken.
  await new Promise((resolve) => setTimeout(resolve, 2500))
  assert.equal((await client().call('ServerLive', [Buffer.alloc(0)])).code, CODES.OK)
})
