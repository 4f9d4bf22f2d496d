import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type InferenceClient,
  type InferRequest,
  type Reply,
  ServerError,
  type TensorMetadata,
} from './client/client.js'
import type { ModelLoad } from './model-load.js'
import { prepareLoads } from './prepare.js'

const LOAD: ModelLoad = {
  ...{ model: 'm', samples: 2, quantile: 0.99 },
  arrivals: { kind: 'closed', concurrency: 1 },
}
const CHOICES = {
  ...{ sizes: new Map(), ranges: new Map([['x', { low: 2, high: 3 }]]) },
  encoding: 'raw',
} as const

/** A server with one model of one input, which ends its requests so. */
function serverOf(
  input: Partial<TensorMetadata> = {},
  reply: Reply = { ending: 'answered', reason: '' },
) {
  const prepared: InferRequest[] = []
  const sent: InferRequest[] = []
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [-1, 4], ...input } as const]
  const client = {
    modelMetadata: async () => ({ name: 'm', versions: [], platform: '', inputs, outputs: [] }),
    prepare: (request: InferRequest) => {
      prepared.push(request)
      return async () => {
        sent.push(request)
        return reply
      }
    },
  }
  return { client: client as unknown as InferenceClient, prepared, sent }
}

test('requests say what was asked for and nothing else, and one of them is sent', async () => {
  const { client, prepared, sent } = serverOf()
  const [{ load, calls }] = await prepareLoads(client, [LOAD], CHOICES, 1)
  assert.equal(load, LOAD)
  assert.equal(calls.length, prepared.length)
  assert.deepEqual(sent, [prepared[0]])
  const { inputs, ...rest } = prepared[0]
  assert.deepEqual(rest, { model: 'm', version: undefined, parameters: {} })
  const [{ shape, data }] = inputs
  assert.deepEqual(shape, [2, 4])
  const values = new Float32Array(Uint8Array.from(data!).buffer)
  assert.equal(values.length, 8)
  assert.ok(values.every((value) => value >= 2 && value <= 3))
  const asked = { ...LOAD, version: '3', priority: 0, deadlineMs: 2.5 }
  const other = serverOf()
  await prepareLoads(other.client, [asked], CHOICES, 1)
  const [{ version, parameters }] = other.prepared
  // The protocol counts timeouts in µs.
  assert.deepEqual([version, parameters], ['3', { priority: 0, timeout: 2500 }])
})

test('eight requests with inputs of their own are kept, fewer if they are large, the same for a seed', async () => {
  const bytesOf = ({ inputs }: InferRequest) => Buffer.from(inputs[0].data!).toString('hex')
  const preparedBy = async (seed: number, bytes = 64) => {
    const { client, prepared } = serverOf({ shape: [-1, bytes / 8], datatype: 'FP64' })
    await prepareLoads(client, [LOAD], { ...CHOICES, ranges: new Map() }, seed)
    return prepared
  }
  const first = await preparedBy(1)
  assert.equal(new Set(first.map(bytesOf)).size, 8)
  assert.deepEqual((await preparedBy(1)).map(bytesOf), first.map(bytesOf))
  assert.notDeepEqual((await preparedBy(2)).map(bytesOf), first.map(bytesOf))
  // Two samples of 3 MiB: two such requests have less than 16 MiB, three more.
  assert.equal((await preparedBy(1, 3 * 2 ** 20)).length, 2)
  assert.equal((await preparedBy(1, 9 * 2 ** 20)).length, 1)
})

test('many models have fewer requests each, and what all of them have is bounded before it is drawn', async () => {
  const many = Array.from({ length: 64 }, () => ({ ...LOAD, samples: 1 }))
  const texts = serverOf({ shape: [-1, 2 ** 19], datatype: 'BYTES' })
  await assert.rejects(prepareLoads(texts.client, many, { ...CHOICES, encoding: 'values' }, 1), {
    message:
      'inputs: expected at most 16777216 elements in the requests of all models with --encoding values, found 20971520',
  })
  // Of 6 MiB each: alone, a model has two.
  assert.equal(texts.prepared.length, 4)
})

test('a model that is not there is bad input, and a server that does not describe it has failed', async () => {
  const failing = (error: Error) =>
    ({ modelMetadata: () => Promise.reject(error) }) as unknown as InferenceClient
  const prepared = (error: Error) => prepareLoads(failing(error), [LOAD], CHOICES, 1)
  for (const status of [404, 5]) {
    await assert.rejects(prepared(new ServerError(status, 'none')), {
      name: 'InputError',
      message: '--model: expected a model that the server has, found m (none)',
    })
  }
  // No answer over HTTP and gRPC, no key, and a server that has no time.
  const others = [0, -1, 401, 16, 503, 14].map((status) => new ServerError(status, 'gone'))
  for (const error of [...others, new Error('gone')]) {
    await assert.rejects(prepared(error), {
      name: 'WorkError',
      message: 'the server does not describe m: gone',
    })
  }
})

test('a load that the server cannot answer is refused before it starts, one that it will not is not', async () => {
  const strange = serverOf({ datatype: 'FP7' as 'FP32' })
  await assert.rejects(prepareLoads(strange.client, [LOAD], CHOICES, 1), {
    name: 'WorkError',
    message: 'm: input x has the unknown type FP7',
  })
  const failing = serverOf({}, { ending: 'failed', reason: 'broken' })
  await assert.rejects(prepareLoads(failing.client, [LOAD], CHOICES, 1), {
    name: 'WorkError',
    message: 'the server does not answer m: broken',
  })
  for (const ending of ['refused', 'dropped'] as const) {
    const busy = serverOf({}, { ending, reason: 'busy' })
    const [{ calls }] = await prepareLoads(busy.client, [LOAD], CHOICES, 1)
    assert.equal(calls.length, 8)
  }
})
