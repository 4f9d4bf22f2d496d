import type { SchedulerKind } from './scheduler.js'

/** Sends requests to the partitions in turn. */
export const roundRobin: SchedulerKind = {
  name: 'round-robin',
  title: 'partitions in turn',
  source: 'folklore',
  create: () => {
    let turn = -1
    return {
      decide(view) {
        turn = (turn + 1) % view.partitions
        return turn
      },
    }
  },
}
