import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ClientOptions, InferenceClient, Tensor } from '../load/client/client.js'
import { ServerError } from '../load/client/client.js'
import { connect } from '../load/client/connect.js'
import { DATATYPES, type Datatype, type Element, encodeElements } from '../load/client/datatypes.js'
import { startEchoes } from './echo.test.fixture.js'
import type { RunningServer } from './server.js'

/**
 * Checks the server against the protocol with the clients of `src/load`, which were written from its specification
 * and share nothing with the server.
 */

let server: RunningServer
before(async () => {
  server = await startEchoes()
})
after(() => server.stop(1000))

const TRANSPORTS = {
  http: () => server.httpUrl,
  grpc: () => `grpc://${server.grpcAddress}`,
} as const

/** Values at the ends of each type. JSON numbers hold integers up to 2^53 exactly. */
const ENDS: Readonly<Record<Datatype, readonly Element[]>> = {
  BOOL: [true, false],
  UINT8: [0, 255],
  UINT16: [0, 65535],
  UINT32: [0, 4294967295],
  UINT64: [0n, 2n ** 53n - 1n],
  INT8: [-128, 127],
  INT16: [-32768, 32767],
  INT32: [-2147483648, 2147483647],
  INT64: [1n - 2n ** 53n, 2n ** 53n - 1n],
  FP16: [-65504, 2 ** -24],
  BF16: [-1.5, 2 ** 100],
  FP32: [-(2 ** 127), 2 ** -149],
  FP64: [-Number.MAX_VALUE, Number.MIN_VALUE],
  BYTES: [Buffer.from('ü'), Buffer.alloc(0)],
}

const WIDEST: Readonly<Partial<Record<Datatype, readonly Element[]>>> = {
  UINT64: [2n ** 64n - 1n, 0n],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
}

async function withClient(
  url: string,
  encoding: ClientOptions['encoding'],
  work: (client: InferenceClient) => Promise<void>,
): Promise<void> {
  const client = connect(url, { connections: 2, timeoutMs: 30_000, headers: {}, encoding })
  try {
    await work(client)
  } finally {
    client.close()
  }
}

async function echoed(
  client: InferenceClient,
  datatype: Datatype,
  elements: readonly Element[],
): Promise<void> {
  const data = encodeElements(datatype, elements)
  const input: Tensor = { name: `IN_${datatype}`, datatype, shape: [1, 2], data }
  const { outputs, model, id } = await client.infer({
    model: `echo-${datatype}`,
    id: 'one',
    inputs: [input],
  })
  assert.deepEqual([model, id, outputs.length], [`echo-${datatype}`, 'one', 1])
  const [{ name, shape, data: answer }] = outputs
  assert.deepEqual([name, outputs[0].datatype, shape], [`OUT_${datatype}`, datatype, [1, 2]])
  assert.deepEqual([...answer], [...data], datatype)
}

for (const [transport, url] of Object.entries(TRANSPORTS)) {
  test(`${transport}: metadata and the index are as specified`, async () => {
    await withClient(url(), 'raw', async (client) => {
      const { name, extensions } = await client.serverMetadata()
      assert.equal(name, 'eclip')
      assert.ok(extensions.includes('binary_tensor_data'))
      const { inputs, outputs, versions } = await client.modelMetadata('echo-INT64', '1')
      assert.deepEqual(versions, ['1'])
      assert.deepEqual(inputs, [{ name: 'IN_INT64', datatype: 'INT64', shape: [-1, -1] }])
      assert.deepEqual(outputs, [{ name: 'OUT_INT64', datatype: 'INT64', shape: [-1, -1] }])
      assert.ok((await client.readyModels()).includes('echo-all'))
    })
  })

  for (const encoding of ['raw', 'values'] as const) {
    test(`${transport}: every data type is returned unchanged when sent as ${encoding}`, async () => {
      await withClient(url(), encoding, async (client) => {
        for (const datatype of DATATYPES) {
          const isRawOnly = datatype === 'FP16' || datatype === 'BF16'
          if (transport === 'grpc' && encoding === 'values' && isRawOnly) continue
          await echoed(client, datatype, ENDS[datatype])
          const widest = WIDEST[datatype]
          if (widest && encoding === 'raw') await echoed(client, datatype, widest)
        }
      })
    })
  }

  test(`${transport}: anything that is missing or has the wrong shape is refused`, async () => {
    await withClient(url(), 'raw', async (client) => {
      const x = { datatype: 'FP32', shape: [1, 2], data: new Uint8Array(8) } as const
      const wrong: readonly [string, Tensor, RegExp][] = [
        ['none', { ...x, name: 'IN_FP32' }, /unknown model: 'none'/],
        ['echo-FP32', { ...x, name: 'x' }, /'?x'?/],
        ['echo-FP32', { ...x, name: 'IN_FP32', shape: [1, 3] }, /IN_FP32/],
        ['echo-FP32', { ...x, name: 'IN_FP32', datatype: 'INT32' }, /IN_FP32/],
        ['echo-FP32', { ...x, name: 'IN_FP32', shape: [9, 1], data: new Uint8Array(36) }, /8/],
      ]
      for (const [model, input, message] of wrong) {
        await assert.rejects(client.infer({ model, inputs: [input] }), (error: Error) => {
          assert.match(error.message, message)
          return error instanceof ServerError
        })
      }
    })
  })
}
