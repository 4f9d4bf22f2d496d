import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as eclip from './index.js'

/** Functions that take names, files or workloads, each called with one argument that may be wrong. */
const calls: Readonly<Record<string, (wrong: never) => unknown>> = {
  'loadScenario, a workload': (wrong) => eclip.loadScenario(wrong),
  'loadDevice, a device': (wrong) => eclip.loadDevice(wrong),
  'loadProfile, a device': (wrong) => eclip.loadProfile(wrong, 'vgg19', 8),
  'loadProfile, a model': (wrong) => eclip.loadProfile('h200', wrong, 8),
  'loadProfile, a batch': (wrong) => eclip.loadProfile('h200', 'vgg19', wrong),
  'loadShippedProfile, a model': (wrong) => eclip.loadShippedProfile('h200', wrong, 8),
  'loadPoints, files': (wrong) => eclip.loadPoints(wrong),
  'loadPoints, one of them': (wrong) => eclip.loadPoints([wrong]),
  'policyNamed, a name': (wrong) => eclip.policyNamed(wrong),
  'schedulerNamed, a name': (wrong) => eclip.schedulerNamed(wrong),
  'gpuNamed, a name': (wrong) => eclip.gpuNamed(wrong),
  'planWorkload, a workload': (wrong) => eclip.planWorkload(wrong),
}
/** Functions for which the argument is optional. */
const optional: typeof calls = {
  'loadScenario, a device': (wrong) => eclip.loadScenario('vgg19/8', wrong),
  'planWorkload, a policy': (wrong) => eclip.planWorkload('vgg19/8', { policy: wrong }),
}
const WRONG = [7, {}, []]

for (const [name, call] of Object.entries({ ...calls, ...optional })) {
  test(`an argument that is not a name is refused in one line: ${name}`, async () => {
    for (const wrong of name in optional ? WRONG : [undefined, null, ...WRONG]) {
      await assert.rejects(async () => call(wrong as never), {
        name: 'InputError',
        message: /^[^\n]+: expected [^\n]+, found [^\n]*$/,
      })
    }
  })
}
