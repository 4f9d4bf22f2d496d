import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { underControl, withPath } from '../../binding/mps/control.test.fixture.js'
import { loadDemand } from '../../io/demand.js'
import { validate } from '../../io/validate.js'
import { demandRivalsNamed, mpsContenders, ownContender } from './contenders.js'
import { contestDemand, type DemandBenchSettings, type DemandContest } from './contest.js'
import { goodputFileSchema } from './goodput-file.js'

const FAKE = fileURLToPath(new URL('../../torch/fake-worker.test.fixture.js', import.meta.url))
const options = { command: [process.execPath, FAKE, 'gpu'] }
const shipped = loadDemand('alexnet/8:200@8x')
const demand = demandFor('torchvision:alexnet')
const [{ plan }] = mpsContenders(demand, [{ sharePercent: 40, instances: 1 }])

function demandFor(specification: string) {
  const recipe = { specification, inputs: [], channelsLast: true, seed: 0 }
  const [model] = shipped.models
  const profiles = model.profiles.map((profile) => ({ ...profile, recipe }))
  return { ...shipped, models: [{ ...model, profiles }] }
}

/** Four settings under two shares. They are screened before three of them are searched. */
const settings = {
  span: { warmupS: 0, seconds: 0.05 },
  settleS: 0.02,
  seeds: [1],
  guess: 1,
  rivals: ['mps-40', 'mps-30-x1'].flatMap(demandRivalsNamed),
}

/** What is reported and kept while rivals are measured under a control program that does nothing. */
async function contestUnderMps(specification: string, change: Partial<DemandBenchSettings> = {}) {
  const said: string[] = []
  const kept: DemandContest[] = []
  const listener = {
    progress: (text: string) => said.push(text),
    measured: (contest: DemandContest) => kept.push(contest),
  }
  const asked = { ...settings, ...change }
  const contest = await underControl('exit 0', () =>
    contestDemand(demandFor(specification), [], asked, listener, options),
  )
  return { contest, said, kept }
}

test('every measurement is kept as soon as it is made, marked as incomplete until the last one', async () => {
  const { contest, kept, said } = await contestUnderMps('torchvision:alexnet')
  const measured = ({ results }: DemandContest) =>
    new Set(results.flatMap(({ measurements }) => measurements))
  const windows = said.filter((text) => / times the demand$/.test(text)).length
  for (let count = 1; count <= windows; count++) {
    const contestThen = kept.find((one) => measured(one).size === count)
    assert.equal(contestThen?.unfinished, true, `${count} of ${windows}`)
  }
  const searching = kept.flatMap(({ results }) => results.filter((one) => one.unfinished))
  assert.ok(searching.length > 0)
  assert.equal(measured(contest).size, windows)
  assert.equal(contest.unfinished, undefined)
  assert.ok(contest.results.every(({ unfinished }) => unfinished === undefined))
  const head = { format: 'eclip.goodput/1', command: 'eclip bench', date: '', demand: 'alexnet' }
  for (const one of [...kept, contest]) {
    validate(JSON.parse(JSON.stringify({ ...head, ...one })), goodputFileSchema, 'the bench')
  }
})

test('settings with the same share use the same processes, and a search continues from the screening', async () => {
  const { contest, said } = await contestUnderMps('torchvision:alexnet')
  const resultOf = (name: string) => contest.results.find((one) => one.name === name)
  const names = contest.results.map(({ name }) => name)
  const searched = names.filter((name) => !name.endsWith(' screened'))
  assert.equal(searched.length, 3)
  for (const name of searched) {
    const [screened] = resultOf(`${name} screened`)!.measurements
    assert.equal(resultOf(name)!.measurements[0], screened)
  }
  const shares = new Set(searched.map((name) => name.slice(0, 'mps-40'.length)))
  const starts = said.filter((text) => text.startsWith('starting'))
  assert.equal(starts.length, 2 + shares.size)
  assert.ok(starts.includes('starting mps-40%-x3'))
})

test('if loads are given, every contender is measured at them, without search or screening', async () => {
  const loads = [0.5, 2, 1]
  const { contest } = await contestUnderMps('torchvision:alexnet', { loads })
  assert.equal(contest.results.length, 4)
  for (const { name, measurements } of contest.results) {
    assert.ok(!name.endsWith('screened'))
    assert.deepEqual(
      measurements.map(({ load }) => load),
      loads,
    )
  }
})

test("a demand for a device other than this machine's is refused before anything is measured", async () => {
  const another = { ...options, environment: { ECLIP_FAKE_DEVICE: '{"name":"A100","cus":108}' } }
  const said: string[] = []
  const listener = { progress: (text: string) => said.push(text), measured: () => assert.fail() }
  await assert.rejects(contestDemand(demand, [], settings, listener, another), {
    name: 'WorkError',
    message: /^the demand is for h200 \(132 CUs .*, this machine has A100 \(108 CUs /,
  })
  assert.equal(said.length, 1)
})

test('if a process dies, each setting that was tried says why', async () => {
  const { contest } = await contestUnderMps('torchvision:deadly')
  assert.deepEqual(
    contest.results.map(({ name }) => name),
    ['mps-40%-x1', 'mps-40%-x2', 'mps-40%-x3', 'mps-30%-x1'],
  )
  for (const { failed, goodput } of contest.results) {
    assert.match(failed!, /^[^\n]+SIGKILL[^\n]*$/)
    assert.equal(goodput, 0)
  }
})

test('new processes serve requests before the first window', async () => {
  const rivals = demandRivalsNamed('mps-30-x1')
  const noRequests = { span: { warmupS: 0, seconds: 0 }, loads: [1], rivals }
  const failuresOf = async (change: Partial<DemandBenchSettings>) =>
    (await contestUnderMps('torchvision:deadly', change)).contest.results.map((one) => one.failed)
  for (const failed of await failuresOf({ ...noRequests, settleS: 0 })) {
    assert.equal(failed, undefined)
  }
  for (const failed of await failuresOf(noRequests)) assert.match(failed!, /SIGKILL/)
})

test('without MPS, our plan is measured on streams under another name, and a rival fails', async () => {
  const said: string[] = []
  const listener = { progress: (text: string) => said.push(text), measured: () => {} }
  const one = { ...settings, rivals: [{ sharePercent: 40, instances: 1 }] }
  const ours = [ownContender(demand, 'ours', plan)]
  const { results } = await withPath('', () => contestDemand(demand, ours, one, listener, options))
  assert.deepEqual(
    results.map(({ name, plan: { mechanism } }) => [name, mechanism]),
    [
      ['ours without MPS', 'streams'],
      ['mps-40%-x1', 'mps'],
    ],
  )
  assert.equal(results[0].failed, undefined)
  assert.match(results[1].failed!, /^no MPS: /)
  assert.ok(said.some((text) => /^no MPS: .*; ours without MPS is measured on streams$/.test(text)))
})

test('a plan for streams has no fallback', () => {
  const onStreams = ownContender(demand, 'ours', plan).fallback!.plan
  assert.equal(ownContender(demand, 'ours', onStreams).fallback, undefined)
})
