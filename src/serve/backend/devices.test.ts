import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { withPath } from '../../binding/mps/control.test.fixture.js'
import { h200 } from '../../device/catalog/h200.js'
import type { ServedModelPlan, ServingMechanism, ServingPlan } from '../../plan/serving-plan.js'
import type { Profile } from '../../profile/profile.js'
import type { ModelRequest } from '../../torch/model-request.js'
import { planOf } from '../echo.test.fixture.js'
import { openServingDevice } from './devices.js'

const profile = () => ({}) as Profile

/** Opens a device on a machine whose PATH has no control program of MPS. Nothing is loaded. */
function openWithoutMps(mechanism: ServingMechanism) {
  const plan = { mechanism, models: [{ share: 40 }], evidence: {} } as unknown as ServingPlan
  const request = () => ({}) as ModelRequest
  return withPath('', () =>
    openServingDevice(plan, { kind: 'cuda', device: h200, request, profile, trust: 'libraries' }),
  )
}

test('without MPS, a plan for MPS is carried out on streams, and a line says so', async () => {
  const device = await openWithoutMps('mps')
  assert.deepEqual([device.plan.mechanism, device.plan.models[0].share], ['streams', 132])
  assert.deepEqual(device.mechanisms, ['streams'])
  assert.match(device.fellBack!, /^no MPS: .+; the plan is carried out on streams$/)
  await device.close()
})

test('a plan that needs no MPS is carried out unchanged', async () => {
  const device = await openWithoutMps('time-slices')
  assert.deepEqual([device.plan.mechanism, device.fellBack], ['time-slices', undefined])
  await device.close()
})

test('processes apart are forked from one that is told of all models', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-devices-'))
  const { ECLIP_PYTHON } = process.env
  t.after(() => {
    if (ECLIP_PYTHON === undefined) delete process.env.ECLIP_PYTHON
    else process.env.ECLIP_PYTHON = ECLIP_PYTHON
    rmSync(folder, { recursive: true })
  })
  process.env.ECLIP_PYTHON = join(folder, 'python')
  writeFileSync(process.env.ECLIP_PYTHON, `#!/bin/sh\necho "$@" >${folder}/log; exit 1`)
  chmodSync(process.env.ECLIP_PYTHON, 0o700)
  const plan: ServingPlan = { ...planOf(['a', 'b']), mechanism: 'time-slices' }
  const request = ({ model }: ServedModelPlan) => ({ model: `torchvision:${model}` })
  const open = openServingDevice(plan, {
    kind: 'cuda',
    device: h200,
    request,
    profile,
    trust: 'libraries',
  })
  await open.launches.start({ lost: () => {}, restored: () => {}, noted: () => {} })
  const line = 'the fork server of PyTorch workers ended with code 1'
  await assert.rejects(open.launches.load(plan.models[0], [0]), {
    name: 'WorkError',
    message: line,
  })
  const told = readFileSync(join(folder, 'log'), 'utf8')
  assert.equal(told, '-m eclip_torch.fork_server torchvision:a torchvision:b\n')
  await open.close()
})

test('the simulated device takes the inputs that a worker process would load, in single precision', async () => {
  const plan = planOf(['m'])
  const request = () => ({
    model: 'torchvision:m',
    inputs: [{ name: 'x', dtype: 'float16', shape: [80, 3000] }],
  })
  const open = openServingDevice(plan, {
    kind: 'sim',
    device: h200,
    request,
    profile,
    trust: 'libraries',
  })
  const { inputs } = await open.launches.load(plan.models[0], [0])
  assert.deepEqual(inputs, [{ name: 'INPUT__0', datatype: 'FP32', shape: [-1, 80, 3000] }])
})
