import { lookUpIn, type Registry, registryOf } from '../../registry.js'
import { batching } from './batching.js'
import { elsa } from './elsa.js'
import { firstIdleFirstServed } from './first-idle.js'
import { leastLoaded } from './least-loaded.js'
import { randomChoice } from './random-choice.js'
import { roundRobin } from './round-robin.js'
import type { SchedulerKind } from './scheduler.js'

/** Every scheduler. */
export const schedulers: Registry<SchedulerKind> = registryOf([
  elsa,
  firstIdleFirstServed,
  leastLoaded,
  roundRobin,
  randomChoice,
  batching,
])

/**
 * A scheduler by name.
 * @param asked where the name was given, for the error
 * @throws InputError that lists the existing schedulers
 */
export function schedulerNamed(name: string, asked = 'scheduler'): SchedulerKind {
  return lookUpIn(schedulers, name, asked)
}
