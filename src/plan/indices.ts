/**
 * Checks what no schema of a single part of a plan can express: every index refers to something in
 * the plan.
 */
import { z } from 'zod'
import { MOST_KERNELS } from '../quantities.js'

interface Indexed {
  readonly pool: readonly ({ readonly owner: number | null } | { readonly cus: number })[]
  readonly workers: readonly {
    readonly groups: readonly { readonly kernels: number; readonly partition: number }[]
  }[]
  readonly evidence: { readonly switchesPerRequest: readonly number[] }
}

interface Misfit {
  readonly path: PropertyKey[]
  /** What was expected there. */
  readonly message: string
}

/** A zod check of the indices inside a plan, and of the total number of kernels in its groups. */
export const checkIndices = z.superRefine<Indexed>((plan, context) => {
  // Reporting one problem is enough, and a hostile file may contain a million.
  const [first] = misfits(plan)
  if (first) context.addIssue({ code: 'custom', ...first })
})

function* misfits({ pool, workers, evidence }: Indexed): Generator<Misfit> {
  for (const [i, entry] of pool.entries()) {
    if (!('owner' in entry) || entry.owner === null || entry.owner < workers.length) continue
    yield { path: ['pool', i, 'owner'], message: `a worker below ${workers.length}, or null` }
  }
  for (const [w, { groups }] of workers.entries()) {
    const at = ['workers', w, 'groups']
    let kernels = 0
    for (const [g, { kernels: own, partition }] of groups.entries()) {
      kernels += own
      if (partition < pool.length) continue
      yield { path: [...at, g, 'partition'], message: `an index into a pool of ${pool.length}` }
    }
    if (kernels > MOST_KERNELS)
      yield { path: at, message: `at most ${MOST_KERNELS} kernels in all` }
  }
  if (evidence.switchesPerRequest.length === workers.length) return
  yield {
    path: ['evidence', 'switchesPerRequest'],
    message: `a number for each of ${workers.length}`,
  }
}
