import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { until } from '../../until.test.fixture.js'
import type { InferenceService } from '../inference-service.js'
import { Refusal } from '../refusal.js'
import { CODES, framed, grpcClientOfEchoes, input, outcome } from './client.test.fixture.js'
import { bytes, message } from './wire.test.fixture.js'

const client = grpcClientOfEchoes()

function requestOf(id: string): Buffer {
  const raw = bytes(7, new Uint8Array(8))
  return framed(message(bytes(1, 'vector'), bytes(3, id), input('IN_FP32', 'FP32', [2]), raw))
}

test('a call that ends because its client resets another one does not stop the server', async () => {
  const { service } = client().server
  const infer = service.infer.bind(service)
  const waiting = new Map<string, (refusal: Refusal) => void>()
  const replaced: InferenceService['infer'] = (request, caller) => {
    if (request.id === 'answered') return infer(request, caller)
    const refuseOther = () => waiting.get('other')?.(new Refusal('late', 'the other one has left'))
    if (request.id === 'left') caller.cancellation.onCancel(refuseOther)
    return new Promise((_, reject) => waiting.set(request.id, reject))
  }
  Object.assign(service, { infer: replaced })
  const left = client().open('ModelStreamInfer')
  left.on('error', () => {})
  left.write(requestOf('answered'))
  await once(left, 'data')
  left.write(requestOf('left'))
  const other = client().open('ModelStreamInfer', { triton_grpc_error: 'true' })
  const ended = outcome(other)
  other.write(requestOf('other'))
  await until(() => waiting.size === 2)
  left.close(8)
  assert.equal((await ended).code, CODES.DEADLINE_EXCEEDED)
  assert.equal((await client().call('ServerLive', [new Uint8Array()])).code, CODES.OK)
})
