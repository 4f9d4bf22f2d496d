import { type Device, deviceSchema } from '../device/device.js'
import { describe, InputError } from '../errors.js'
import { problemOf } from '../schema-problem.js'
import type { Claim } from './claim.js'
import { allChecks, type Check, checkedOf } from './evidence.js'
import { judgeModel } from './judge-model.js'
import type { PaperMix } from './paper.js'
import { type Model, parametersOf } from './perturb.js'
import { withValues } from './ranges.js'
import type { Setup } from './setup.js'

/** What becomes of the claims, and of the agreement with the evidence, when numbers are changed. */
export interface Changed {
  readonly values: Readonly<Record<string, number>>
  readonly claims: readonly { readonly shipped: Claim; readonly changed: Claim }[]
  readonly checks: readonly { readonly shipped: Check; readonly changed: Check }[]
}

export interface ChangeOptions {
  readonly mixes?: readonly PaperMix[]
  readonly setupOf: (model: Model) => Setup
  readonly onStep: (text: string) => void
}

/**
 * Judges every claim with some numbers of the model replaced, beside the model that ships.
 * @throws InputError if the model has no such number, or if a device cannot have the value
 */
export async function judgeChanged(
  model: Model,
  values: ReadonlyMap<string, number>,
  { mixes, setupOf, onStep }: ChangeOptions,
): Promise<Changed> {
  checkNames(model, values)
  const changedModel = withValues(model, values)
  checkDevice(changedModel.device)
  const [shipped, changed] = [setupOf(model), setupOf(changedModel)]
  onStep('claims of the model that ships')
  const before = await judgeModel(shipped, mixes)
  onStep('claims of the changed model')
  const after = await judgeModel(changed, mixes)
  onStep('evidence')
  const [checksBefore, checksAfter] = [
    await allChecks(checkedOf(shipped)),
    await allChecks(checkedOf(changed)),
  ]
  return {
    values: Object.fromEntries(values),
    claims: before.map((claim, i) => ({ shipped: claim, changed: after[i] })),
    checks: checksBefore.map((check, i) => ({ shipped: check, changed: checksAfter[i] })),
  }
}

function checkNames(model: Model, values: ReadonlyMap<string, number>): void {
  const names = parametersOf(model).map(({ name }) => name)
  for (const [name, value] of values) {
    if (!names.includes(name)) {
      const expected = `one of ${names.join(', ')}`
      throw new InputError({ file: '--set', expected, found: describe(name) })
    }
    if (value === 0 && name.startsWith('roofline.')) {
      throw new InputError({ file: '--set', path: name, expected: 'above 0', found: '0' })
    }
  }
}

/** Checks that a device could stand in a device file. */
function checkDevice(device: Device): void {
  const issue = deviceSchema.safeParse(device).error?.issues[0]
  if (issue !== undefined)
    throw new InputError({ file: '--set', ...problemOf(issue, device, deviceSchema) })
}
