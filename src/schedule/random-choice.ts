import type { SchedulerKind } from './scheduler.js'

export const randomChoice: SchedulerKind = {
  name: 'random',
  title: 'a partition at random',
  source: 'folklore',
  create: (random) => ({
    name: 'random',
    decide: (view) => random.integer(view.partitions),
  }),
}
