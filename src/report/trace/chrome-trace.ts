import type { Arrival, Recording } from '../../evaluate/recording.js'
import type { Plan } from '../../plan/plan.js'
import type { DeviceSample, KernelSpan } from '../../simulate/result.js'
import type { Scenario } from '../../workload/scenario.js'
import { counterEvents } from './counters.js'
import { type MetadataEvent, named, type TimedEvent } from './events.js'
import { kernelEvents, switchEvents } from './kernels.js'
import { arrivalEvents, requestEvents } from './requests.js'
import { inLanes, threadIds } from './threads.js'

/** Chrome's JSON trace, object form: Perfetto and chrome://tracing open it. */
export interface ChromeTrace {
  readonly displayTimeUnit: 'ns'
  readonly otherData: Readonly<Record<string, string>>
  readonly traceEvents: readonly (MetadataEvent | TimedEvent)[]
}

/** One run of a plan, in µs since the start of the trace. */
export interface TracedRun {
  readonly policy: string
  readonly spans: readonly KernelSpan[]
  /** Tells where switches are; without a plan, none are shown. */
  readonly plan?: Plan | undefined
  readonly arrivals?: readonly Arrival[] | undefined
  readonly samples?: readonly DeviceSample[] | undefined
}

/** A recording of a plan, as a run of a trace. */
export function tracedRun(policy: string, plan: Plan, recording: Recording): TracedRun {
  const { kernels, arrivals, samples } = recording
  return { policy, plan, spans: kernels, arrivals, samples }
}

/**
 * The runs of a scenario as a trace, sorted by time. Each run (device and policy) is a process. It has these
 * threads, so that slices of one thread never overlap:
 * - for each worker one with its requests and their arrivals;
 * - for each worker one with its kernels and switches, or more if its kernels run side by side;
 * - one for each granule and worker that used it.
 *
 * Counters show power, occupancy and queues.
 */
export function chromeTrace(scenario: Scenario, runs: readonly TracedRun[]): ChromeTrace {
  const parts = runs.map((run, i) => runEvents(scenario, run, i + 1))
  return {
    displayTimeUnit: 'ns',
    otherData: { device: scenario.device.name, producer: 'eclip' },
    traceEvents: [
      ...parts.flatMap(({ names }) => names),
      ...parts.flatMap(({ events }) => events).sort(byTime),
    ],
  }
}

interface RunEvents {
  readonly names: readonly MetadataEvent[]
  readonly events: readonly TimedEvent[]
}

function runEvents(scenario: Scenario, run: TracedRun, pid: number): RunEvents {
  const { policy, spans, plan, arrivals = [], samples = [] } = run
  const byWorker = scenario.workers.map((_, w) => inLanes(spans.filter((s) => s.worker === w)))
  const threads = threadIds(scenario, byWorker.flat())
  const drawing = { scenario, threads, pid }
  return {
    names: [
      ...named('process', `${scenario.device.name}: ${policy}`, pid, 0),
      ...[...threads].flatMap(([label, tid]) => named('thread', label, pid, tid)),
    ],
    events: [
      ...requestEvents(spans, drawing),
      ...arrivalEvents(arrivals, drawing),
      ...byWorker.flat().flatMap((span) => kernelEvents(span, drawing)),
      ...byWorker.flatMap((own, w) => (plan ? switchEvents(own, plan.workers[w], drawing) : [])),
      ...counterEvents(samples, drawing),
    ],
  }
}

/** By time. Simultaneous events always come in the same order. */
function byTime(a: TimedEvent, b: TimedEvent): number {
  const thread = (event: TimedEvent): number => (event.ph === 'C' ? 0 : event.tid)
  const length = (event: TimedEvent): number => (event.ph === 'X' ? event.dur : 0)
  return a.ts - b.ts || a.pid - b.pid || thread(a) - thread(b) || length(a) - length(b)
}
