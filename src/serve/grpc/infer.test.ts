import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.test.fixture.js'
import { SAMPLES } from '../samples.test.fixture.js'
import { DATATYPES, type Datatype } from '../tensors/datatypes.js'
import {
  CODES,
  framed,
  grpcClientOfEchoes,
  input,
  ofInteger,
  ofText,
  outcome,
} from './client.test.fixture.js'
import { bytes, Decoded, entry, type Field, integer, message, packed } from './wire.test.fixture.js'

const client = grpcClientOfEchoes()

/** Field numbers of InferTensorContents by data type. Floats are raw little-endian bytes there. */
function contents(datatype: Datatype): Field {
  const { json, bytes: raw } = SAMPLES[datatype]
  const fields: Partial<Record<Datatype, () => Field>> = {
    BOOL: () => packed(1, json as boolean[]),
    INT8: () => packed(2, json as number[]),
    INT16: () => packed(2, json as number[]),
    INT32: () => packed(2, json as number[]),
    INT64: () => packed(3, json as number[]),
    UINT8: () => packed(4, json as number[]),
    UINT16: () => packed(4, json as number[]),
    UINT32: () => packed(4, json as number[]),
    UINT64: () => packed(5, json as number[]),
    FP32: () => bytes(6, raw),
    FP64: () => bytes(7, raw),
    BYTES: () => message(...(json as string[]).map((one) => bytes(8, one))),
  }
  const field = fields[datatype]
  return bytes(5, field ? field() : [])
}

/** A request to the echo of a data type. */
function echoRequest(datatype: Datatype, ...more: Field[]): Field[] {
  return [
    bytes(1, `echo-${datatype}`),
    bytes(3, 'seven'),
    input(`IN_${datatype}`, datatype, [2, 2], ...more),
  ]
}

function checkEcho(datatype: Datatype, answer: Decoded): void {
  assert.equal(answer.text(1), `echo-${datatype}`)
  assert.equal(answer.text(2), '1')
  assert.equal(answer.text(3), 'seven')
  const [output] = answer.messages(5)
  assert.equal(output.text(1), `OUT_${datatype}`)
  assert.equal(output.text(2), datatype)
  assert.deepEqual(output.integers(3), [2, 2])
  assert.deepEqual([...answer.all(6)[0]], SAMPLES[datatype].bytes, datatype)
}

test('every data type goes through as raw contents', async () => {
  for (const datatype of DATATYPES) {
    const raw = bytes(7, SAMPLES[datatype].bytes)
    checkEcho(datatype, await client().ask('ModelInfer', ...echoRequest(datatype), raw))
  }
})

test('every data type except half-precision floats goes through as typed contents', async () => {
  for (const datatype of DATATYPES) {
    const request = echoRequest(datatype, contents(datatype))
    if (datatype === 'FP16' || datatype === 'BF16') {
      const details = await client().refused(CODES.INVALID_ARGUMENT, 'ModelInfer', ...request)
      assert.match(details, /raw_input_contents only/)
    } else checkEcho(datatype, await client().ask('ModelInfer', ...request))
  }
})

test('several inputs and outputs, in the requested order', async () => {
  const inputs = DATATYPES.map((datatype) => input(`IN_${datatype}`, datatype, [2, 2]))
  const raw = DATATYPES.map((datatype) => bytes(7, SAMPLES[datatype].bytes))
  const asked = ['INT8', 'FP32'] as const
  const outputs = asked.map((datatype) => bytes(6, message(bytes(1, `OUT_${datatype}`))))
  const answer = await client().ask(
    'ModelInfer',
    bytes(1, 'echo-all'),
    ...inputs,
    ...outputs,
    ...raw,
  )
  assert.deepEqual(
    answer.messages(5).map((output) => output.text(1)),
    ['OUT_INT8', 'OUT_FP32'],
  )
  assert.deepEqual(
    answer.all(6).map((one) => [...one]),
    [SAMPLES.INT8.bytes, SAMPLES.FP32.bytes],
  )
})

test('the highest classes of an output', async () => {
  const classification = entry(2, 'classification', ofInteger(1))
  const answer = await client().ask(
    'ModelInfer',
    ...echoRequest('FP32'),
    bytes(6, message(bytes(1, 'OUT_FP32'), classification)),
    bytes(7, SAMPLES.FP32.bytes),
  )
  const [output] = answer.messages(5)
  assert.equal(output.text(2), 'BYTES')
  assert.deepEqual(output.integers(3), [2, 1])
  assert.equal(
    Buffer.from(answer.all(6)[0]).toString('latin1'),
    '\x07\0\0\x001:0:cat\t\0\0\x000.5:0:cat',
  )
})

test('the largest 64-bit numbers are accepted as a timeout and as a priority', async () => {
  const most = message(integer(5, 2n ** 64n - 1n))
  const parameters = [entry(4, 'timeout', most), entry(4, 'priority', most)]
  const raw = bytes(7, SAMPLES.FP32.bytes)
  const request = [...echoRequest('FP32'), ...parameters, raw]
  checkEcho('FP32', await client().ask('ModelInfer', ...request))
})

test('wrong requests are refused as invalid, and the error says what was expected', async () => {
  const raw = bytes(7, SAMPLES.FP32.bytes)
  const model = bytes(1, 'echo-FP32')
  const good = input('IN_FP32', 'FP32', [2, 2])
  const wrong: [Field[], RegExp][] = [
    [[model], /expected input 'IN_FP32'/],
    [[model, good], /raw_input_contents/],
    [[model, good, raw, raw], /belong to no input/],
    [[model, good, good, raw, raw], /twice/],
    [[model, good, bytes(7, [0])], /expected 16 bytes/],
    [[model, input('IN_FP32', 'FP31', [2, 2]), raw], /unknown datatype/],
    // The error cuts the text in the middle of a character.
    [[model, input('IN_FP32', `${'a'.repeat(55)}${'😀'.repeat(9)}`, [2, 2]), raw], /\ufffd\.\.\.$/],
    [[model, input('IN_FP32', 'INT32', [2, 2]), raw], /expected FP32/],
    [[model, input('IN_FP32', 'FP32', [-2, -2]), raw], /whole dimensions/],
    [[model, input('IN_FP32', 'FP32', [2 ** 31, 2 ** 31]), raw], /too large/],
    [[model, input('IN_FP32', 'FP32', [4]), raw], /expected shape/],
    [[model, input('other', 'FP32', [2, 2]), raw], /expected input 'IN_FP32'/],
    [[model, good, raw, bytes(6, message(bytes(1, 'other')))], /unexpected output/],
    [[model, input('IN_FP32', 'FP32', [2, 2], contents('FP32')), raw], /^contents field must not/],
    [[model, input('IN_FP32', 'FP32', [2, 2], contents('INT32'))], /expected 4 elements/],
    [[model, input('IN_FP32', 'FP32', [1, 2], contents('FP32'))], /expected 2 elements/],
    [[model, good, raw, entry(4, 'priority', ofText('high'))], /priority/],
    [[model, good, raw, entry(4, 'timeout', ofInteger(-1))], /timeout/],
    [[model, good, raw, entry(4, 'x', message())], /expected a value/],
    [[Uint8Array.of(0xff, 0xff, 0xff)], /not a ModelInferRequest/],
    [[bytes(5, [0x08])], /not a ModelInferRequest/],
    [[integer(5, 1)], /not a ModelInferRequest|expected input|unknown model/],
  ]
  for (const [fields, message] of wrong) {
    const result = await client().call('ModelInfer', [Buffer.concat(fields)])
    assert.match(result.details, message)
    const expected = /unknown model/.test(result.details) ? CODES.NOT_FOUND : CODES.INVALID_ARGUMENT
    assert.equal(result.code, expected, result.details)
  }
  const { NOT_FOUND } = CODES
  assert.match(await client().refused(NOT_FOUND, 'ModelInfer', bytes(1, 'none')), /unknown model/)
  await client().refused(NOT_FOUND, 'ModelInfer', model, bytes(2, '2'), good, raw)
})

test('an error fits among the trailers, whatever part of a request it repeats', async () => {
  const deep = input('IN_FP32', 'FP32', Array(9_000).fill(1))
  const long = input('x'.repeat(100_000), 'FP32', [1])
  for (const one of [deep, long]) {
    const fields = [bytes(1, 'echo-FP32'), one, bytes(7, new Uint8Array(4))]
    const details = await client().refused(CODES.INVALID_ARGUMENT, 'ModelInfer', ...fields)
    assert.ok(details.length < 1100, `${details.length}`)
  }
})

test('a stream answers its requests in order, including wrong ones', async () => {
  const good = message(...echoRequest('FP32'), bytes(7, SAMPLES.FP32.bytes))
  const { code, messages } = await client().call('ModelStreamInfer', [
    good,
    message(bytes(1, 'none'), bytes(3, 'eight')),
    Uint8Array.of(0xff),
    good,
  ])
  assert.equal(code, CODES.OK)
  const answers = messages.map((one) => new Decoded(one))
  assert.deepEqual(
    answers.map((answer) => answer.text(1).replace(/:.*/, '')),
    ['', 'Request for unknown model', 'not a ModelInferRequest', ''],
  )
  for (const i of [0, 3]) checkEcho('FP32', answers[i].messages(2)[0])
  const responses = answers.map((answer) => answer.messages(2)[0])
  assert.deepEqual(
    responses.map((response) => response.text(3)),
    ['seven', 'eight', '', 'seven'],
  )
  for (const response of responses) {
    const [parameter] = response.messages(4)
    assert.equal(parameter.text(1), 'triton_final_response')
    assert.equal(parameter.messages(2)[0].integer(1), 1)
  }
})

test('a call whose deadline passes, and one that is broken off, end and are counted', async () => {
  const { service } = client().server
  const droppedBefore = service.accounting.byModel.get('slow')?.total('dropped') ?? 0
  const slow = message(
    bytes(1, 'slow'),
    input('IN_FP32', 'FP32', [2, 2]),
    bytes(7, SAMPLES.FP32.bytes),
  )
  const late = await client().call('ModelInfer', [slow], { 'grpc-timeout': '50m' })
  assert.equal(late.code, CODES.DEADLINE_EXCEEDED)
  const patient = await client().call('ModelInfer', [slow], { 'grpc-timeout': '60S' })
  assert.equal(patient.code, CODES.OK)
  const stream = client().open('ModelInfer')
  stream.end(framed(slow))
  const end = outcome(stream)
  await until(() => service.backend.pending('slow') > 0)
  stream.close(8)
  await end
  const account = service.accounting.byModel.get('slow')!
  await until(() => account.open === 0)
  assert.equal(account.total('dropped'), droppedBefore + 2)
  assert.equal(service.backend.pending('slow'), 0)
})
