import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WatchedBackend } from '../backend/watched-backend.test.fixture.js'
import { InferenceService } from '../inference-service.js'
import { Refusal } from '../refusal.js'
import { Observer } from './observer.js'
import { serverStateSchema, stateHistorySchema } from './state.js'

const START_MS = 1_800_000_000_000
const TIMES = { queueUs: 0, inputUs: 0, computeUs: 0, outputUs: 0 }

/** A server whose requests and seconds the test makes by hand. */
function watched() {
  const backend = new WatchedBackend()
  const options = { name: 'eclip', version: '1', nowUs: () => 0, log: () => {} }
  const service = new InferenceService(backend, options)
  const observer = new Observer(service, START_MS)
  let seconds = 0
  return {
    backend,
    service,
    observer,
    pass(count = 1): void {
      for (let i = 0; i < count; i++) observer.tick(START_MS + ++seconds * 1000)
    },
    answer(model: string, latencyMs: number, rows = 1): void {
      service.accounting.open(model).answered()
      service.statisticsOf(model).answered(0, rows, latencyMs * 1000, TIMES)
    },
    seen(model: string) {
      return observer.state.models.find(({ name }) => name === model)!
    },
  }
}

test('rates and latencies cover the window, totals the time since the start', () => {
  const { answer, pass, seen, service } = watched()
  pass(20)
  for (let i = 1; i <= 100; i++) answer('resnet152', i)
  service.accounting.open('resnet152')
  pass(5)
  const { receivedPerS, answeredPerS, latencyMs, totals, attainment } = seen('resnet152')
  assert.deepEqual([receivedPerS, answeredPerS], [10.1, 10])
  assert.ok(Math.abs(latencyMs!.p50 / 50 - 1) < 0.006 && Math.abs(latencyMs!.p99 / 99 - 1) < 0.006)
  assert.equal(attainment, 1)
  assert.deepEqual([totals.received, totals.answered, totals.rows], [101, 100, 100])
  pass(10)
  assert.deepEqual([seen('resnet152').receivedPerS, seen('resnet152').latencyMs], [0, undefined])
  assert.equal(seen('resnet152').attainment, undefined)
  assert.equal(seen('resnet152').totals.received, 101)
})

test('the rates of a server that has just started cover the seconds that it has seen', () => {
  const { answer, pass, seen } = watched()
  for (let i = 0; i < 8; i++) answer('albert', 1)
  pass(2)
  assert.equal(seen('albert').answeredPerS, 4)
})

test('a request that was not answered missed its target, and each ending is counted separately', () => {
  const { answer, pass, seen, service } = watched()
  pass()
  for (let i = 0; i < 6; i++) answer('resnet152', 5)
  for (const reason of ['overloaded', 'late', 'worker-lost'] as const) {
    service.accounting.open('resnet152').refused(new Refusal(reason, ''))
  }
  answer('resnet152', 40_000)
  pass()
  const { attainment, totals } = seen('resnet152')
  assert.equal(attainment, 0.6)
  assert.deepEqual([totals.refused, totals.dropped, totals.failed], [1, 1, 1])
  assert.equal(seen('albert').attainment, undefined)
})

test('requests that are refused for what they are do not count as missed', () => {
  const { answer, pass, seen, service } = watched()
  pass()
  for (const reason of ['invalid', 'unauthorized', 'too-large'] as const) {
    service.accounting.open('resnet152').refused(new Refusal(reason, ''))
  }
  pass()
  assert.equal(seen('resnet152').attainment, undefined)
  for (let i = 0; i < 3; i++) answer('resnet152', 5)
  for (const reason of ['overloaded', 'draining', 'model-unavailable', 'cancelled'] as const) {
    service.accounting.open('resnet152').refused(new Refusal(reason, ''))
  }
  pass()
  assert.equal(seen('resnet152').attainment, 3 / 7)
  assert.equal(seen('resnet152').totals.refused, 6)
})

test('energy becomes power, and joules per request', () => {
  const { answer, pass, seen, backend, observer } = watched()
  pass()
  backend.deviceEnergyJ = 900
  backend.energyJ.set('resnet152', 600)
  for (let i = 0; i < 30; i++) answer('resnet152', 5, 2)
  pass(2)
  assert.equal(observer.state.device.powerW, 300)
  const { powerW, joulesPerRequest } = seen('resnet152')
  assert.deepEqual([powerW, joulesPerRequest], [200, 20])
  assert.equal(seen('albert').powerW, undefined)
})

test('the mean batch is the mean size of the launches', () => {
  const { answer, pass, seen, service } = watched()
  for (let i = 0; i < 4; i++) answer('vgg19', 1, 3)
  for (let i = 0; i < 2; i++) service.statisticsOf('vgg19').launched(6, TIMES)
  pass()
  assert.equal(seen('vgg19').meanBatch, 6)
})

test('what is seen stays until the next look, and has the published form', () => {
  const { answer, pass, observer, backend } = watched()
  pass()
  const before = observer.state
  answer('albert', 1)
  assert.equal(observer.state, before)
  pass()
  const { holdings, plan, tryable, readiness } = serverStateSchema.parse(observer.state)
  const view = backend.observe()
  assert.deepEqual([holdings, plan, tryable], [view.holdings, view.plan, view.tryable])
  assert.equal(readiness, 'ready')
})

test('the history keeps five minutes, and the last twenty decisions', () => {
  const { pass, observer, answer } = watched()
  answer('albert', 8)
  pass(310)
  const { points } = stateHistorySchema.parse(observer.history)
  assert.equal(points.length, 300)
  assert.equal(points[299].atMs, START_MS + 310_000)
  assert.equal(points[0].atMs, START_MS + 11_000)
  assert.ok(Object.keys(points[0].models).includes('albert'))
  for (let i = 0; i < 25; i++) observer.decided(START_MS + i, `decision ${i}`)
  pass()
  const texts = observer.state.events.map(({ text }) => text)
  assert.deepEqual([texts.length, texts[0], texts[19]], [20, 'decision 24', 'decision 5'])
})
