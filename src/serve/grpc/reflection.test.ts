import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { CODES, framed, grpcClientOfEchoes, outcome } from './client.test.fixture.js'
import { bytes, Decoded, type Field, integer, message } from './wire.test.fixture.js'

const client = grpcClientOfEchoes({
  keys: { format: 'eclip.api-keys/1', tenants: { a: 'a-secret-of-tenant-a' } },
})

const KEY = { authorization: 'Bearer a-secret-of-tenant-a' }
const SERVICES = [
  'inference.GRPCInferenceService',
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
]
const byName = (name: string): Field => bytes(3, name)
const bySymbol = (name: string): Field => bytes(4, name)

/** The answers to questions asked over one stream. */
async function answers(version: string, ...questions: readonly Field[]): Promise<Decoded[]> {
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`
  const stream = client().open('', { ':path': path, ...KEY })
  stream.end(Buffer.concat(questions.map((question) => framed(message(question)))))
  const { code, details, messages } = await outcome(stream)
  assert.equal(code, CODES.OK, details)
  assert.equal(messages.length, questions.length)
  return messages.map((one) => new Decoded(one))
}

/** The files in these answers. */
function filesOf(found: readonly Decoded[]) {
  return found.map((answer) =>
    fromBinary(FileDescriptorProtoSchema, answer.messages(4)[0].all(1)[0]),
  )
}

test('tools learn the services, and the definition of each', async () => {
  for (const version of ['v1', 'v1alpha']) {
    const [list, ...found] = await answers(version, bytes(7, ''), ...SERVICES.map(bySymbol))
    assert.deepEqual(
      list
        .messages(6)[0]
        .messages(1)
        .map((service) => service.text(1)),
      SERVICES,
    )
    const registry = createFileRegistry({
      $typeName: FileDescriptorSetSchema.typeName,
      file: filesOf(found),
    })
    for (const service of SERVICES) assert.ok(registry.getService(service), service)
    const infer = registry.getService(SERVICES[0])?.method.modelInfer
    assert.equal(infer?.input.typeName, 'inference.ModelInferRequest')
  }
})

test('a definition is found by its file, by its contents and by a part of those', async () => {
  const found = filesOf(
    await answers(
      'v1',
      byName('inference.proto'),
      bySymbol('inference.ModelInferRequest.InferInputTensor'),
      bySymbol('inference.GRPCInferenceService.ModelInfer'),
      bySymbol('grpc.health.v1.HealthCheckRequest.service'),
    ),
  )
  assert.deepEqual(
    found.map(({ name }) => name),
    ['inference.proto', 'inference.proto', 'inference.proto', 'health.proto'],
  )
})

test('an unknown name is not found, and the answer repeats the question', async () => {
  const extension = bytes(5, message(bytes(1, 'inference.ModelInferRequest'), integer(2, 9)))
  const questions = [byName('none.proto'), bySymbol('no.such.thing'), extension, bytes(6, 'none')]
  for (const [i, answer] of (await answers('v1', ...questions, message())).entries()) {
    assert.equal(answer.messages(7)[0].integer(1), CODES.NOT_FOUND)
    assert.deepEqual([...answer.all(2)[0]], [...(questions[i] ?? [])])
  }
  const [none] = await answers('v1', bytes(6, 'inference.ModelInferRequest'))
  assert.equal(none.messages(5)[0].text(1), 'inference.ModelInferRequest')
})

test('the definitions need a key if the server asks for one', async () => {
  const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'
  const { code } = await client().call('', [message(bytes(7, ''))], { ':path': path })
  assert.equal(code, CODES.UNAUTHENTICATED)
})
