import { cusOf } from '../../device/device.js'
import { formatPartition } from '../../device/partition.js'
import type { WorkerPlan } from '../../plan/plan.js'
import { gridBlocks } from '../../profile/profile.js'
import { type CompleteEvent, extent } from './events.js'
import {
  type Drawing,
  granuleThread,
  kernelThread,
  type LanedSpan,
  showsGranules,
} from './threads.js'

/** The slice of a kernel on its worker's thread and, at the start of a run, one on each of its granules. */
export function kernelEvents(
  span: LanedSpan,
  { scenario, threads, pid }: Drawing,
): CompleteEvent[] {
  const { worker, request, kernel, granules, lane } = span
  const { profile, name: workerName } = scenario.workers[worker]
  const { name } = profile.kernels[kernel]
  const slice = {
    name: shortKernelName(name),
    ph: 'X',
    pid,
    ...extent(span.startUs, span.endUs),
  } as const
  const main: CompleteEvent = {
    ...slice,
    cat: 'kernel',
    tid: threads.get(kernelThread(workerName, lane)) ?? 0,
    args: {
      kernel: name,
      index: kernel,
      request,
      blocks: gridBlocks(profile.kernels[kernel]),
      granules: formatPartition(granules),
      cus: cusOf(scenario.device, granules),
    },
  }
  if (!showsGranules(span)) return [main]
  const held = granules.map(
    (granule): CompleteEvent => ({
      ...slice,
      cat: 'granule',
      tid: threads.get(granuleThread(granule, workerName, lane)) ?? 0,
      args: { kernel: name, index: kernel, request, worker: workerName },
    }),
  )
  return [main, ...held]
}

/**
 * The switches of a worker. Each is a slice from the end of a kernel to the start of the next kernel of the same
 * request, if the plan gives the two different partitions and they run one after the other in the first lane.
 * @param spans of one worker, ascending by start
 */
export function switchEvents(
  spans: readonly LanedSpan[],
  plan: WorkerPlan,
  { scenario, threads, pid }: Drawing,
): CompleteEvent[] {
  const partitions = plan.groups.flatMap(({ kernels, partition }) =>
    new Array<number>(kernels).fill(partition),
  )
  const first = spans.filter(({ lane }) => lane === 0)
  return first.slice(1).flatMap((span, i): CompleteEvent[] => {
    const previous = first[i]
    const follows = previous.request === span.request && previous.kernel + 1 === span.kernel
    if (!follows || partitions[previous.kernel] === partitions[span.kernel]) return []
    const [from, to] = [previous, span].map(({ granules }) => formatPartition(granules))
    return [
      {
        name: 'switch',
        cat: 'switch',
        ph: 'X',
        pid,
        tid: threads.get(kernelThread(scenario.workers[span.worker].name, 0)) ?? 0,
        ...extent(previous.endUs, span.startUs),
        args: { from, to, request: span.request },
      },
    ]
  })
}

/** A kernel's name without return type, namespaces, template arguments and parameters. */
export function shortKernelName(name: string): string {
  const bare = name
    .replace(/^void\s+/, '')
    .replaceAll('(anonymous namespace)::', '')
    .replace(/[<(].*$/s, '')
  const last = bare.split('::').at(-1)?.trim() ?? ''
  return last === '' ? name : last
}
