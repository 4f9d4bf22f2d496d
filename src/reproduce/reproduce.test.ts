import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mi50 } from '../device/catalog/mi50.js'
import { totalCus } from '../device/device.js'
import { DEFAULT_PARAMETERS, type Policy, type PolicyParameters } from '../policy/policy.js'
import { policies } from '../policy/registry.js'
import { synthesize } from '../synthesize/synthesize.js'
import { reproductionJson } from './json.js'
import { streamLatencies } from './motivation.js'
import { PAPER_BUDGET, plotted, reproducedPolicies } from './paper.js'
import { type Model, parametersOf } from './perturb.js'
import { reproduce } from './reproduce.js'
import { robustness } from './robustness.js'
import { runMix } from './run-mix.js'
import { runnableMixes, type Setup } from './setup.js'
import { mixOf, nominal, onlyMix, setupOf } from './setup.test.fixture.js'

const AVERAGE = { purpose: 'average', freeSwitches: 'skip' } as const

test('switch counts follow from the method: exactly for IOCTL, within the budget for ECLIP', async () => {
  const instant = { evaluate: async () => [], soloRates: [], close: async () => {} }
  for (const { mix, scenario } of runnableMixes(setupOf(nominal))) {
    const context = { parameters: DEFAULT_PARAMETERS, evaluate: instant.evaluate }
    const kernels = scenario.workers.map(({ profile }) => profile.kernels.length)
    assert.equal(
      kernels.reduce((a, b) => a + b),
      mix.switches.ioctl,
    )
    const plan = await (policies.get('eclip') as Policy).plan(scenario, context)
    for (const count of plan.evidence.switchesPerRequest) assert.ok(count <= PAPER_BUDGET)
  }
})

test('no parameter differs between mixes', async () => {
  const seen = new Set<PolicyParameters>()
  const baseline = policies.get('baseline') as Policy
  const spy: Policy = {
    ...baseline,
    plan: (scenario, context) => {
      seen.add(context.parameters)
      assert.equal(scenario.device, mi50)
      return baseline.plan(scenario, context)
    },
  }
  const setup = setupOf(nominal, { policies: new Map([['baseline', spy]]) })
  for (const mix of runnableMixes(setup)) await runMix(setup, mix, ['baseline'], AVERAGE)
  assert.deepEqual([...seen], [setup.parameters])
})

test('a reproduction repeats itself exactly', async () => {
  const run = (): ReturnType<typeof reproduce> =>
    reproduce(setupOf(nominal, onlyMix(7)), { ablations: 'skip', onStep: () => {} })
  const [first, second] = [await run(), await run()]
  assert.deepEqual(reproductionJson(first), reproductionJson(second))
  assert.deepEqual(
    first.mixes.map(({ mix }) => mix.id),
    [7],
  )
  assert.deepEqual([...first.mixes[0].policies.keys()], [...reproducedPolicies])
})

test('latency is flat up to the queue limit, then climbs with every stream', () => {
  const latencies = streamLatencies(mi50, synthesize('alexnet', 1, mi50), 10, 1)
  const ms = (streams: number): number => latencies[streams - 1].meanMs
  assert.equal(latencies.length, 10)
  for (let streams = 3; streams <= mi50.queueLimit; streams++) {
    assert.ok(Math.abs(ms(streams) / ms(2) - 1) < 1e-5)
  }
  for (let streams = 8; streams <= 10; streams++) assert.ok(ms(streams) > ms(streams - 1))
})

test('parameters cover costs, contention, power and roofline, and change one at a time', () => {
  const parameters = parametersOf(nominal)
  const names = parameters.map(({ name }) => name)
  for (const name of [
    'costs.barrierUs',
    'costs.maskCallUs.worst',
    'contention.memory',
    'power.cuBusyW',
    'roofline.floorUs',
    'queueLimit',
  ]) {
    assert.ok(names.includes(name), name)
  }
  for (const { name, value, with: replace } of parameters) {
    const changed = parametersOf(replace(value * 2))
    const others = changed.filter((other, i) => other.value !== parameters[i].value)
    assert.deepEqual(
      others.map((other) => other.name),
      [name],
    )
  }
  assert.equal(totalCus(parameters[0].with(1).device), totalCus(mi50))
})

test('with every parameter 20% up and down, whatever follows from the method survives', async () => {
  const alexnetOnly = (model: Model): Partial<Setup> => ({
    profile: (name, batch) =>
      name === 'alexnet' ? synthesize(name, batch, model.device, model) : undefined,
  })
  const results = await robustness(nominal, {
    changes: [0.2, -0.2],
    mixes: [mixOf(7)],
    setupOf: (model) => setupOf(model, alexnetOnly(model)),
    onStep: () => {},
  })
  assert.ok(results.every(({ tried }) => tried === 2 * parametersOf(nominal).length))
  for (const id of ['table-ioctl', 'table-eclip']) {
    const result = results.find((claim) => claim.id === id)
    assert.deepEqual([result?.holds, result?.turnedBy], [true, []])
  }
})

test('a claim that depends on a parameter is reported as turned by it', async () => {
  const results = await robustness(nominal, {
    changes: [5],
    mixes: [mixOf(7)],
    parameters: ({ name }) => name === 'queueLimit',
    setupOf: (model) => setupOf(model),
    onStep: () => {},
  })
  const knee = results.find(({ id }) => id === 'streams-knee')
  assert.deepEqual(knee?.turnedBy, ['queueLimit +500%'])
})

test('every plotted policy is reproduced', () => {
  const known: readonly string[] = reproducedPolicies
  for (const policy of plotted) assert.ok(known.includes(policy))
})
