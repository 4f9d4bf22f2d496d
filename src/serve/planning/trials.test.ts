import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemand } from '../../io/demand.js'
import { explainServing } from '../../plan/explain-serving.js'
import type { ServingMechanism } from '../../plan/serving-plan.js'
import { Refusal } from '../refusal.js'
import { forecast } from './forecast.js'
import { factsOf } from './model-facts.js'
import type { ArrivalWindow } from './recent-arrivals.js'
import { roughPlan } from './rough-plan.js'
import type { TrialRequest } from './trial.js'
import { Trials } from './trials.js'

const DEMAND = loadDemand('vgg19/1:60@20ms+alexnet/8:40@20ms', 'h200')
const ROUGH = roughPlan(DEMAND)
/** A plan that expects launches to take twice as long as a rough estimate says. */
const PRESENT = {
  ...ROUGH,
  models: ROUGH.models.map((model) => ({
    ...model,
    expectedMs: Object.fromEntries(
      Object.entries(model.expectedMs).map(([batch, times]) => [batch, times.map((ms) => 2 * ms)]),
    ),
  })),
}

function trialsOf(...mechanisms: ServingMechanism[]): Trials {
  return new Trials({
    device: DEMAND.device,
    mechanisms,
    facts: factsOf(DEMAND, PRESENT),
    planner: {
      forecast: async (plans, arrivals) => plans.map((plan) => forecast(plan, 1, arrivals)),
    },
  })
}

/** Ten seconds of requests for the first model. */
const ARRIVALS: ArrivalWindow = {
  lengthS: 10,
  byModel: new Map([
    [
      PRESENT.models[0].name,
      { timesS: Float64Array.from({ length: 600 }, (_, i) => i / 60), rows: 600 },
    ],
  ]),
}

/** The plan in force as a request, with one model changed. */
function request(
  changes: Partial<TrialRequest['models'][number]> = {},
  mechanism: ServingMechanism = 'mps',
): TrialRequest {
  const [{ name, instances, share, batches, maxDelayMs }] = PRESENT.models
  const largestBatch = batches[batches.length - 1]
  return {
    mechanism,
    models: [{ name, instances, cus: share, largestBatch, maxDelayMs, ...changes }],
  }
}

test('trying the plan in force changes nothing and gives the same result', async () => {
  const trial = await trialsOf('mps').try(request(), PRESENT, ARRIVALS)
  assert.deepEqual(trial.words, ['Nothing changes.'])
  assert.equal(trial.overS, 10)
  for (const { present, tried } of trial.models) assert.deepEqual(tried, present)
})

test('another plan is described in words, tried, and can be taken once', async () => {
  const trials = trialsOf('mps')
  const trial = await trials.try(request({ instances: 1, cus: 8 }), PRESENT, ARRIVALS)
  const plan = trials.take(trial.id)
  assert.deepEqual([plan.models[0].instances, plan.models[0].share], [1, 8])
  assert.ok(trial.words.every((sentence) => explainServing(plan).includes(sentence)))
  assert.match(trial.words.join(), /vgg19\/1: one instance on 8 compute units/)
  const [{ requests, present, tried }, other] = trial.models
  assert.equal(requests, 600)
  assert.ok(tried.p95Ms! > 2 * present.p95Ms!, `${tried.p95Ms} ${present.p95Ms}`)
  assert.deepEqual([other.requests, other.tried.attainment], [0, 1])
  assert.throws(
    () => trials.take(trial.id),
    (error) => isRefusal(error, 'not-found', trial.id),
  )
})

test('a value that no plan may have is refused, and the error names the allowed ones', async () => {
  const trials = trialsOf('mps', 'streams')
  const model = PRESENT.models[0].name
  const wrongs: [TrialRequest, string][] = [
    [request({}, 'time-slices'), 'mechanism: expected mps or streams, found time-slices'],
    [request({ name: 'none' }), "models: unknown model 'none'"],
    [request({ cus: 133 }), `model '${model}': cus: expected at most 132, found 133`],
    [request({ instances: 4 }), `model '${model}': instances: expected at most 3, found 4`],
    [
      { ...request(), models: [...request().models, ...request().models] },
      'models: a name is there twice',
    ],
  ]
  for (const [wrong, said] of wrongs) {
    const tried = trials.try(wrong, PRESENT, ARRIVALS)
    await assert.rejects(tried, (error) => isRefusal(error, 'invalid', said))
  }
  const larger = request({ largestBatch: 4, name: PRESENT.models[1].name })
  await assert.rejects(trials.try(larger, PRESENT, ARRIVALS), /expected at least 8, found 4/)
})

test('without requests there is nothing to try a plan on', async () => {
  const nothing = { lengthS: 0, byModel: new Map() }
  const tried = trialsOf('mps').try(request(), PRESENT, nothing)
  await assert.rejects(tried, (error) => isRefusal(error, 'invalid', 'no requests have come'))
})

test('two plans are tried at once, and a third is refused until they are done', async () => {
  const trials = trialsOf('mps')
  const asked = Array.from({ length: 3 }, () => trials.try(request(), PRESENT, ARRIVALS))
  const [first, second, third] = await Promise.allSettled(asked)
  assert.deepEqual(
    [first.status, second.status, third.status],
    ['fulfilled', 'fulfilled', 'rejected'],
  )
  if (third.status === 'rejected')
    isRefusal(third.reason, 'overloaded', 'other plans are being tried')
  assert.ok(await trials.try(request(), PRESENT, ARRIVALS))
})

test('the oldest of many trials is forgotten', async () => {
  const trials = trialsOf('mps')
  const ids: string[] = []
  for (let i = 0; i < 21; i++) ids.push((await trials.try(request(), PRESENT, ARRIVALS)).id)
  assert.throws(() => trials.take(ids[0]), Refusal)
  assert.ok(trials.take(ids[1]))
})

test('lists what may be tried, with the mechanism in force first', () => {
  const { mechanisms, models } = trialsOf('streams', 'mps').tryable(PRESENT)
  assert.deepEqual(mechanisms, ['mps', 'streams'])
  assert.deepEqual(models[0], {
    name: PRESENT.models[0].name,
    instances: 2,
    mostInstances: 3,
    cus: 53,
    largestBatch: 32,
    batches: [1, 8, 32],
    maxDelayMs: 0,
  })
})

function isRefusal(error: unknown, reason: string, said: string): boolean {
  assert.ok(error instanceof Refusal)
  assert.equal(error.reason, reason)
  assert.ok(error.message.includes(said), error.message)
  return true
}
