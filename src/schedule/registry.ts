import { describe, InputError } from '../errors.js'
import { batching } from './batching.js'
import { elsa } from './elsa.js'
import { firstIdleFirstServed } from './first-idle.js'
import { leastLoaded } from './least-loaded.js'
import { randomChoice } from './random-choice.js'
import { roundRobin } from './round-robin.js'
import type { SchedulerKind } from './scheduler.js'

/** Every scheduler offered; adding one is its file and a line here. */
export const SCHEDULERS: readonly SchedulerKind[] = [
  elsa,
  firstIdleFirstServed,
  leastLoaded,
  roundRobin,
  randomChoice,
  batching,
]

/** @throws InputError for an unknown name */
export function findScheduler(name: string): SchedulerKind {
  const kind = SCHEDULERS.find((candidate) => candidate.name === name)
  if (kind !== undefined) return kind
  throw new InputError({
    file: '--scheduler',
    path: '',
    expected: `one of ${SCHEDULERS.map((candidate) => candidate.name).join(', ')}`,
    found: describe(name),
  })
}
