import type { SchedulerKind } from './scheduler.js'

/** Sends every request to the partition with the least work waiting. */
export const leastLoaded: SchedulerKind = {
  name: 'least-loaded',
  title: 'the partition with the least work waiting; ties to the largest',
  source: 'join the shortest queue by expected work (Winston 1977)',
  create: () => ({
    decide(view) {
      let best = 0
      let bestUs = Number.POSITIVE_INFINITY
      for (const partition of view.largeToSmall) {
        const waitUs = view.waitUs(partition)
        if (waitUs >= bestUs) continue
        best = partition
        bestUs = waitUs
      }
      return best
    },
  }),
}
