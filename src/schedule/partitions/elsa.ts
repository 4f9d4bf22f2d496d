import type { Scheduler, SchedulerKind } from './scheduler.js'

/** ELSA's two tuning factors. */
export interface ElsaOptions {
  /** Weight of the whole estimated completion time. */
  readonly alpha: number
  /** Weight of the new request's own service time within that estimate. */
  readonly beta: number
}

export const ELSA_DEFAULTS: ElsaOptions = { alpha: 1, beta: 1 }

/**
 * ELSA. Step A goes through the partitions from small to large and takes the first whose slack is
 * positive. If none has slack, step B takes the partition that would complete the request first.
 *
 *     slack = SLA - alpha * (wait + beta * service of the new request)
 *
 * The algorithm is by Kim, Choi and Rhu, DAC 2022 (arXiv 2202.13481). We had its abstract and notes
 * on it, but not the text of the paper; `docs/mig.md` says what we chose where the notes were
 * silent.
 */
export function createElsa({ alpha, beta }: ElsaOptions = ELSA_DEFAULTS): Scheduler {
  return {
    decide(view, batch) {
      const { smallToLarge, slaUs } = view
      let best = 0
      let bestUs = Number.POSITIVE_INFINITY
      for (let i = 0; i < smallToLarge.length; i++) {
        const partition = smallToLarge[i]
        const waitUs = view.waitUs(partition)
        const serviceUs = view.estimateUs(partition, batch)
        if (slaUs - alpha * (waitUs + beta * serviceUs) > 0) return partition
        if (waitUs + serviceUs < bestUs) {
          bestUs = waitUs + serviceUs
          best = partition
        }
      }
      return best
    },
  }
}

/** ELSA with the given factors, to run beside its rivals. */
export function elsaWith(options: ElsaOptions): SchedulerKind {
  return {
    name: 'elsa',
    title: 'smallest partition with slack, else least completion time',
    source: 'Kim, Choi, Rhu: PARIS and ELSA, DAC 2022, arXiv 2202.13481',
    create: () => createElsa(options),
  }
}

export const elsa: SchedulerKind = elsaWith(ELSA_DEFAULTS)
