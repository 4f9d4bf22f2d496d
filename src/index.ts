/**
 * The library behind the command: pure functions over values, plus reading of the shipped data.
 * Commands add only files, flags and printing.
 */

export { catalog } from './device/catalog/index.js'
export * from './device/device.js'
export * from './device/partition.js'
export { InputError, WorkError } from './errors.js'
export { compare, examine } from './evaluate/compare.js'
export { createEvaluator } from './evaluate/evaluator.js'
export { createEvaluatorPool } from './evaluate/pool.js'
export { soloRates } from './evaluate/solo.js'
export { loadDevice, loadProfile, loadShippedProfile, shippedProfiles } from './io/library.js'
export { loadScenario } from './io/scenario.js'
export * from './plan/build.js'
export { checkPlan } from './plan/check.js'
export * from './plan/plan.js'
export { policies, policyNamed } from './policy/index.js'
export * from './policy/policy.js'
export * from './profile/duration.js'
export * from './profile/occupancy.js'
export * from './profile/profile.js'
export * from './profile/right-size.js'
export * from './simulate/metrics.js'
export * from './simulate/result.js'
export { simulate } from './simulate/simulate.js'
export * from './workload/scenario.js'
export * from './workload/workload.js'
