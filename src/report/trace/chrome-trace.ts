import { cusOf } from '../../device/device.js'
import { formatPartition } from '../../device/partition.js'
import { gridBlocks } from '../../profile/profile.js'
import type { KernelSpan } from '../../simulate/result.js'
import type { Scenario } from '../../workload/scenario.js'
import { lanesOf } from '../kit/charts/gantt.js'

/** Names a process or a thread of a trace. */
export interface MetadataEvent {
  readonly name: 'process_name' | 'process_sort_index' | 'thread_name' | 'thread_sort_index'
  readonly ph: 'M'
  readonly pid: number
  readonly tid: number
  readonly args: { readonly name: string } | { readonly sort_index: number }
}

/** A kernel or request: `ts` and `dur` in µs. */
export interface CompleteEvent {
  readonly name: string
  readonly cat: 'kernel' | 'request' | 'granule'
  readonly ph: 'X'
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur: number
  readonly args: Readonly<Record<string, string | number>>
}

/** Chrome's JSON trace, object form: Perfetto and chrome://tracing open it. */
export interface ChromeTrace {
  readonly displayTimeUnit: 'ns'
  readonly otherData: Readonly<Record<string, string>>
  readonly traceEvents: readonly (MetadataEvent | CompleteEvent)[]
}

/** The kernels of one run of a plan. */
export interface TracedRun {
  readonly policy: string
  readonly spans: readonly KernelSpan[]
}

/**
 * The runs of a scenario as a trace: a process per run (device and policy); in it a thread for each
 * worker's requests, one for its kernels (more where its kernels run side by side), and one per
 * granule and worker that used it, so that slices of a thread never overlap. Sorted by time.
 */
export function chromeTrace(scenario: Scenario, runs: readonly TracedRun[]): ChromeTrace {
  const parts = runs.map((run, i) => runEvents(scenario, run, i + 1))
  const slices = parts
    .flatMap((part) => part.slices)
    .sort((a, b) => a.ts - b.ts || a.pid - b.pid || a.tid - b.tid || a.dur - b.dur)
  return {
    displayTimeUnit: 'ns',
    otherData: { device: scenario.device.name, producer: 'eclip' },
    traceEvents: [...parts.flatMap((part) => part.names), ...slices],
  }
}

interface RunEvents {
  readonly names: MetadataEvent[]
  readonly slices: CompleteEvent[]
}

/** A span and which of its worker's lanes it runs in: 0 unless kernels run side by side. */
interface LanedSpan extends KernelSpan {
  readonly lane: number
}

function runEvents(scenario: Scenario, { policy, spans }: TracedRun, pid: number): RunEvents {
  const laned = scenario.workers.flatMap((_, w) => inLanes(spans.filter((s) => s.worker === w)))
  const threads = threadIds(scenario, laned)
  const names = [
    ...named('process', `${scenario.device.name}: ${policy}`, pid, 0),
    ...[...threads].flatMap(([label, tid]) => named('thread', label, pid, tid)),
  ]
  const draw = { scenario, threads, pid }
  const slices = laned.flatMap((span) => kernelEvents(span, draw))
  return { names, slices: [...requestEvents(spans, draw), ...slices] }
}

function inLanes(spans: readonly KernelSpan[]): LanedSpan[] {
  const { lanes } = lanesOf(spans.map(({ startUs, endUs }) => ({ start: startUs, end: endUs })))
  return spans.map((span, i) => ({ ...span, lane: lanes[i] }))
}

/** What events need to know of their run. */
interface Drawing {
  readonly scenario: Scenario
  /** Thread number by label. */
  readonly threads: ReadonlyMap<string, number>
  readonly pid: number
}

/** Numbers the threads of a run in the order they are shown: workers, then granules. */
function threadIds(
  { device, workers }: Scenario,
  spans: readonly LanedSpan[],
): Map<string, number> {
  const used = new Set(
    spans.flatMap(({ worker, lane, granules }) => {
      const { name } = workers[worker]
      return [kernelThread(name, lane), ...granules.map((g) => granuleThread(g, name, lane))]
    }),
  )
  const lanes = [...new Set(spans.map(({ lane }) => lane))].sort((a, b) => a - b)
  const perWorker = workers.flatMap(({ name }) => [
    requestThread(name),
    ...lanes.map((lane) => kernelThread(name, lane)).filter((label) => used.has(label)),
  ])
  const perGranule = device.granules.flatMap((_, granule) =>
    workers.flatMap(({ name }) =>
      lanes.map((lane) => granuleThread(granule, name, lane)).filter((label) => used.has(label)),
    ),
  )
  return new Map([...perWorker, ...perGranule].map((label, i) => [label, i + 1]))
}

function requestThread(worker: string): string {
  return `${worker} requests`
}

function kernelThread(worker: string, lane: number): string {
  return lane === 0 ? `${worker} kernels` : `${worker} kernels, lane ${lane + 1}`
}

function granuleThread(granule: number, worker: string, lane: number): string {
  return lane === 0
    ? `granule ${granule}: ${worker}`
    : `granule ${granule}: ${worker}, lane ${lane + 1}`
}

/** Names a process or thread and gives it its place: that of its number. */
function named(
  kind: 'process' | 'thread',
  name: string,
  pid: number,
  tid: number,
): MetadataEvent[] {
  const place = kind === 'process' ? pid : tid
  return [
    { name: `${kind}_name`, ph: 'M', pid, tid, args: { name } },
    { name: `${kind}_sort_index`, ph: 'M', pid, tid, args: { sort_index: place } },
  ]
}

/**
 * Ticks of a trace per µs: a power of two, so that readers add start and length without rounding.
 */
const TICKS_PER_US = 256

/** Start and length of a slice in µs, both in whole ticks. */
function extent(startUs: number, endUs: number): { readonly ts: number; readonly dur: number } {
  const start = Math.round(startUs * TICKS_PER_US)
  const end = Math.round(endUs * TICKS_PER_US)
  return { ts: start / TICKS_PER_US, dur: (end - start) / TICKS_PER_US }
}

function kernelEvents(span: LanedSpan, { scenario, threads, pid }: Drawing): CompleteEvent[] {
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

/** A slice per request, from its first kernel to its last among the spans. */
function requestEvents(
  spans: readonly KernelSpan[],
  { scenario, threads, pid }: Drawing,
): CompleteEvent[] {
  const kernels = new Map<string, KernelSpan[]>()
  for (const span of spans) {
    const request = `${span.worker} ${span.request}`
    const known = kernels.get(request)
    if (known) known.push(span)
    else kernels.set(request, [span])
  }
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

/** A kernel's name without return type, namespaces, template arguments and parameters. */
export function shortKernelName(name: string): string {
  const bare = name
    .replace(/^void\s+/, '')
    .replaceAll('(anonymous namespace)::', '')
    .replace(/[<(].*$/s, '')
  const last = bare.split('::').at(-1)?.trim() ?? ''
  return last === '' ? name : last
}
