import { fingerprint, totalCus } from '../device/device.js'
import { expectIn } from '../errors.js'
import type { Demand } from '../workload/demand.js'
import type { ServingPlan } from './serving-plan.js'

/**
 * Checks that a serving plan fits a demand: it is for the same device and the same models in the same
 * order, uses only batches that have profiles, and gives no model more than the device has.
 * @param file name of the plan in the error
 * @throws InputError naming the path, what was expected and what was found
 */
export function checkServingPlan(plan: ServingPlan, demand: Demand, file: string): void {
  const expect = expectIn(file)
  const { device, models } = demand
  const print = fingerprint(device)
  expect(plan.device.fingerprint === print, 'device.fingerprint', print, plan.device.fingerprint)
  const count = plan.models.length
  const wanted = models.length === 1 ? 'the one model' : `the ${models.length} models`
  expect(count === models.length, 'models', `${wanted} of the demand`, count)
  const cus = totalCus(device)
  plan.models.forEach(({ model, samples, batches, share }, i) => {
    const path = `models[${i}]`
    const asked = models[i]
    expect(model === asked.model, `${path}.model`, asked.model, model)
    expect(samples === asked.samples, `${path}.samples`, `${asked.samples}`, samples)
    expect(share <= cus, `${path}.share`, `at most ${cus} compute units`, share)
    const profiled = asked.profiles.map(({ batch }) => batch)
    const other = batches.find((batch) => !profiled.includes(batch))
    expect(other === undefined, `${path}.batches`, `some of ${profiled.join(', ')}`, other)
  })
}
