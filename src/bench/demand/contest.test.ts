import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadDemand } from '../../io/demand.js'
import { mpsContenders, ownContender } from './contenders.js'
import { contestDemand } from './contest.js'

const FAKE = fileURLToPath(new URL('../../torch/fake-worker.test.fixture.js', import.meta.url))
const options = { command: [process.execPath, FAKE, 'gpu'] }
const shipped = loadDemand('alexnet/8:20@8x')
const recipe = { specification: 'torchvision:alexnet', inputs: [], channelsLast: true, seed: 0 }
const [model] = shipped.models
const profiles = model.profiles.map((profile) => ({ ...profile, recipe }))
const demand = { ...shipped, models: [{ ...model, profiles }] }
const [{ plan }] = mpsContenders(demand, [{ sharePercent: 40, instances: 1 }])

test('where MPS is not to be had, our plan is measured on streams under another name, and a rival fails', async () => {
  const { PATH } = process.env
  process.env.PATH = ''
  const said: string[] = []
  const listener = { progress: (text: string) => said.push(text), measured: () => {} }
  const settings = {
    span: { warmupS: 0, seconds: 0.1 },
    seeds: [1],
    guess: 1,
    rivals: [{ sharePercent: 40, instances: 1 }],
  }
  try {
    const ours = [ownContender(demand, 'ours', plan)]
    const { results } = await contestDemand(demand, ours, settings, listener, options)
    assert.deepEqual(
      results.map(({ name, plan: { mechanism } }) => [name, mechanism]),
      [
        ['ours without MPS', 'streams'],
        ['mps-40%-x1', 'mps'],
      ],
    )
    assert.equal(results[0].failed, undefined)
    assert.match(results[1].failed!, /^no MPS: /)
  } finally {
    process.env.PATH = PATH
  }
  assert.ok(said.some((text) => /^no MPS: .*; ours without MPS is measured on streams$/.test(text)))
})

test('a plan for streams has no fallback', () => {
  const onStreams = ownContender(demand, 'ours', plan).fallback!.plan
  assert.equal(ownContender(demand, 'ours', onStreams).fallback, undefined)
})
