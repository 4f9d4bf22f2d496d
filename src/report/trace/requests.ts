import type { Arrival } from '../../evaluate/recording.js'
import { groupedBy } from '../../maps.js'
import type { KernelSpan } from '../../simulate/result.js'
import { type CompleteEvent, extent, type InstantEvent, tick } from './events.js'
import { type Drawing, requestThread } from './threads.js'

/** A slice for each request, from its first kernel to its last among the spans. */
export function requestEvents(
  spans: readonly KernelSpan[],
  { scenario, threads, pid }: Drawing,
): CompleteEvent[] {
  const kernels = groupedBy(spans, ({ worker, request }) => `${worker} ${request}`)
  return [...kernels.values()].map((own) => {
    const { worker, request } = own[0]
    const { name } = scenario.workers[worker]
    return {
      name: `request ${request}`,
      cat: 'request',
      ph: 'X',
      pid,
      tid: threads.get(requestThread(name)) ?? 0,
      ...extent(Math.min(...own.map((s) => s.startUs)), Math.max(...own.map((s) => s.endUs))),
      args: { worker: name, request },
    }
  })
}

/** A mark for each request that arrives, on the thread of its worker's requests. */
export function arrivalEvents(
  arrivals: readonly Arrival[],
  { scenario, threads, pid }: Drawing,
): InstantEvent[] {
  return arrivals.map(({ worker, timeUs }) => ({
    name: 'arrival',
    cat: 'request',
    ph: 'i',
    s: 't',
    pid,
    tid: threads.get(requestThread(scenario.workers[worker].name)) ?? 0,
    ts: tick(timeUs),
  }))
}
