/** A plan's lookup table in the form that the native library reads. */
import { InputError } from '../errors.js'
import { pooledPartitions } from '../plan/executable.js'
import { kernelCount, type Plan, type WorkerPlan } from '../plan/plan.js'

const MOST_PLACES = 64

/**
 * The workers of a plan that a program serves: all of them, or the first one of a given model.
 * @param file name of the plan in errors
 * @param member a model with its batch, as in a mix
 * @throws InputError if the plan has no such worker
 */
export function servedWorkers(file: string, plan: Plan, member?: string): readonly WorkerPlan[] {
  const members = plan.workers.map(({ model, batch }) => `${model}/${batch}`)
  if (member === undefined) return plan.workers
  const index = members.indexOf(member)
  if (index >= 0) return [plan.workers[index]]
  const expected = `one of ${[...new Set(members)].join(', ')}, as ${file} has`
  throw new InputError({ file: '--member', expected, found: JSON.stringify(member) })
}

/**
 * The table. It has a line `place WORDS MASK...` for each partition that the workers use, and then
 * for each worker `request KERNELS` and a line `KERNELS PLACE PRIORITY` for each of its groups.
 * @param maskOf returns the 32-bit words by which a device names a partition
 * @throws InputError if the plan has no pooled streams, or too many for one program
 */
export function planTable(
  file: string,
  plan: Plan,
  workers: readonly WorkerPlan[],
  maskOf: (partition: readonly number[]) => Iterable<number>,
): string {
  const partitions = pooledPartitions(plan)
  const groups = workers.flatMap((worker) => worker.groups)
  const used = [...new Set(groups.map(({ partition }) => partition))]
  if (used.length > MOST_PLACES) {
    const expected = `at most ${MOST_PLACES} partitions in one program`
    throw new InputError({ file, path: 'pool', expected, found: `${used.length}` })
  }
  const places = used.map((entry) => {
    const words = [...maskOf(partitions[entry])].map((word) => word.toString(16))
    return `place ${words.length} ${words.join(' ')}`
  })
  const requests = workers.flatMap((worker) => [
    `request ${kernelCount(worker)}`,
    ...worker.groups.map(
      ({ kernels, partition, priority }) => `${kernels} ${used.indexOf(partition)} ${priority}`,
    ),
  ])
  return [...places, ...requests, ''].join('\n')
}
