import type { SchedulerKind } from './scheduler.js'

/** Sends every request to a partition drawn at random. */
export const randomChoice: SchedulerKind = {
  name: 'random',
  title: 'a partition at random',
  source: 'folklore',
  create: (random) => ({ decide: (view) => random.integer(view.partitions) }),
}
