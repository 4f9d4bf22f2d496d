import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelMetadata } from './backend/backend.js'
import type { Context } from './context.js'
import { ModelConfigRequestSchema, ModelConfigResponseSchema } from './grpc/inference_pb.js'
import { decodeMessage, encodeMessage } from './grpc/messages.js'
import * as grpc from './grpc/metadata.js'
import { Decoded } from './grpc/wire.test.fixture.js'
import { modelConfig } from './model-config.js'

function metadataOf(largestBatch: number, shape: readonly number[]): ModelMetadata {
  const inputs = [{ name: 'IN', datatype: 'FP32' as const, shape }]
  return { name: 'm', platform: 'p', largestBatch, inputs, outputs: [] }
}

test('an image is marked as an image, and a batched model as batched, over both transports', async () => {
  const cases: [ModelMetadata, format: string, enumerated: number][] = [
    [metadataOf(8, [-1, 3, 224, 224]), 'FORMAT_NCHW', 2],
    [metadataOf(8, [-1, 1, 28, 28]), 'FORMAT_NCHW', 2],
    [metadataOf(0, [3, 224, 224]), 'FORMAT_NCHW', 2],
    [metadataOf(8, [-1, 3]), 'FORMAT_NONE', 0],
    [metadataOf(8, [-1, 128, 3, 3]), 'FORMAT_NONE', 0],
    [metadataOf(0, [1, 3, 224, 224]), 'FORMAT_NONE', 0],
  ]
  for (const [metadata, format, enumerated] of cases) {
    const isBatched = metadata.largestBatch > 0
    const config = modelConfig(metadata)
    assert.equal(config.input[0].format, format)
    assert.equal('dynamic_batching' in config, isBatched)
    const context = { service: { metadata: () => metadata } } as unknown as Context
    const request = decodeMessage(ModelConfigRequestSchema, new Uint8Array())
    const answer = await grpc.modelConfig(context, request)
    const [sent] = new Decoded(encodeMessage(ModelConfigResponseSchema, answer)).messages(1)
    assert.equal(sent.messages(5)[0].integer(3), enumerated)
    assert.equal(sent.messages(11).length, isBatched ? 1 : 0)
  }
})
