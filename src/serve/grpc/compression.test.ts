import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { Client, credentials } from '@grpc/grpc-js'
import { CODES, framed, grpcClientOfEchoes, input, outcome } from './client.test.fixture.js'
import { bytes, Decoded, message } from './wire.test.fixture.js'

const BODY_BYTES = 2 ** 20
const client = grpcClientOfEchoes({ limits: { bodyBytes: BODY_BYTES } })

const VALUES = new Uint8Array(4096).fill(7)
const REQUEST = message(
  bytes(1, 'echo-UINT8'),
  input('IN_UINT8', 'UINT8', [1, VALUES.byteLength]),
  bytes(7, VALUES),
)

const CODECS = {
  gzip: { pack: gzipSync, unpack: gunzipSync },
  deflate: { pack: deflateSync, unpack: inflateSync },
}

function call(method: string, frames: readonly Buffer[], headers: Record<string, string>) {
  const stream = client().open(method, headers)
  stream.end(Buffer.concat(frames))
  return outcome(stream)
}

for (const [encoding, { pack, unpack }] of Object.entries(CODECS)) {
  test(`a client that compresses requests with ${encoding} gets compressed answers`, async () => {
    const frame = framed(pack(REQUEST), 1)
    const headers = { 'grpc-encoding': encoding, 'grpc-accept-encoding': `identity, ${encoding}` }
    const one = await call('ModelInfer', [frame], headers)
    assert.deepEqual([one.code, one.flags, one.trailers['grpc-encoding']], [0, [1], encoding])
    assert.ok(one.messages[0].byteLength < VALUES.byteLength / 8)
    assert.deepEqual([...new Decoded(unpack(one.messages[0])).all(6)[0]], [...VALUES])
    // Single messages may still be uncompressed.
    const stream = await call('ModelStreamInfer', [frame, framed(REQUEST)], headers)
    assert.deepEqual([stream.code, stream.flags], [0, [1, 1]])
    for (const answer of stream.messages) {
      const [response] = new Decoded(unpack(answer)).messages(2)
      assert.deepEqual([...response.all(6)[0]], [...VALUES])
    }
  })
}

test('a client that accepts no compressed answers, or asks for none, gets none', async () => {
  const headers = { 'grpc-encoding': 'gzip', 'grpc-accept-encoding': 'identity,deflate' }
  const { code, flags } = await call('ModelInfer', [framed(gzipSync(REQUEST), 1)], headers)
  assert.deepEqual([code, flags], [0, [0]])
  const plain = await call('ModelInfer', [framed(REQUEST)], { 'grpc-accept-encoding': 'gzip' })
  assert.deepEqual([plain.code, plain.flags], [0, [0]])
  assert.match(String(plain.trailers['grpc-accept-encoding']), /gzip/)
})

test('a message that is not compressed as announced, or is too long when unpacked, is refused', async () => {
  const { INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNIMPLEMENTED } = CODES
  const bomb = gzipSync(new Uint8Array(4 * BODY_BYTES))
  const wrong: [string, Buffer, number, RegExp][] = [
    ['br', framed(REQUEST, 1), UNIMPLEMENTED, /expected gzip or deflate, found 'br'/],
    ['identity', framed(REQUEST, 1), UNIMPLEMENTED, /found 'identity'/],
    ['gzip', framed(REQUEST, 1), INVALID_ARGUMENT, /is not gzip/],
    ['gzip', framed(gzipSync(REQUEST).subarray(0, 30), 1), INVALID_ARGUMENT, /is not gzip/],
    ['gzip', framed(bomb, 1), RESOURCE_EXHAUSTED, /longer than 1048576 bytes/],
    ['gzip', framed(gzipSync(REQUEST), 2), INVALID_ARGUMENT, /begins with 0 or 1/],
  ]
  for (const method of ['ModelInfer', 'ModelStreamInfer', 'ModelMetadata'])
    for (const [encoding, frame, expected, message] of wrong) {
      const { code, details, trailers } = await call(method, [frame], { 'grpc-encoding': encoding })
      assert.equal(code, expected, `${method}: ${details}`)
      assert.match(details, message)
      assert.match(String(trailers['grpc-accept-encoding']), /gzip,deflate/)
    }
})

for (const algorithm of [1, 2]) {
  test(`a published client that compresses by algorithm ${algorithm} is served`, async (t) => {
    const published = new Client(client().server.grpcAddress, credentials.createInsecure(), {
      'grpc.default_compression_algorithm': algorithm,
    })
    t.after(() => published.close())
    const asTheyAre = (one: Buffer): Buffer => one
    const path = '/inference.GRPCInferenceService/ModelInfer'
    const answer = await new Promise<Buffer>((resolve, reject) => {
      published.makeUnaryRequest(
        path,
        asTheyAre,
        asTheyAre,
        Buffer.from(REQUEST),
        (error, response) => (error ? reject(error) : resolve(response!)),
      )
    })
    assert.deepEqual([...new Decoded(answer).all(6)[0]], [...VALUES])
  })
}
