import { cusOf } from '../device/device.js'
import { formatPartition } from '../device/partition.js'
import type { KernelSpan } from '../simulate/result.js'
import type { Scenario } from '../workload/scenario.js'

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
 * The runs of a scenario as a trace: a process per run (device and policy); in it two threads per
 * worker, for its requests and its kernels, and one per granule and worker that used it, so that
 * slices of a thread never overlap. Events are sorted by time.
 */
export function chromeTrace(scenario: Scenario, runs: readonly TracedRun[]): ChromeTrace {
  const parts = runs.map((run, i) => runEvents(scenario, run, i + 1))
  const slices = parts
    .flatMap((part) => part.slices)
    .sort((a, b) => a.ts - b.ts || a.pid - b.pid || a.tid - b.tid)
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

function runEvents(scenario: Scenario, { policy, spans }: TracedRun, pid: number): RunEvents {
  const { device, workers } = scenario
  const names = [
    ...named('process', `${device.name}: ${policy}`, pid, 0, pid),
    ...workers.flatMap(({ name }, w) => [
      ...named('thread', `${name} requests`, pid, requestTid(w), requestTid(w)),
      ...named('thread', `${name} kernels`, pid, kernelTid(w), kernelTid(w)),
    ]),
    ...granuleThreads(scenario, spans, pid),
  ]
  const slices = spans.flatMap((span) => kernelEvents(scenario, span, pid))
  return { names, slices: [...requestEvents(scenario, spans, pid), ...slices] }
}

function requestTid(worker: number): number {
  return 1 + 2 * worker
}

function kernelTid(worker: number): number {
  return 2 + 2 * worker
}

function granuleTid({ workers }: Scenario, granule: number, worker: number): number {
  return 1 + 2 * workers.length + granule * workers.length + worker
}

function named(
  kind: 'process' | 'thread',
  name: string,
  pid: number,
  tid: number,
  sortIndex: number,
): MetadataEvent[] {
  return [
    { name: `${kind}_name`, ph: 'M', pid, tid, args: { name } },
    { name: `${kind}_sort_index`, ph: 'M', pid, tid, args: { sort_index: sortIndex } },
  ]
}

function granuleThreads(
  scenario: Scenario,
  spans: readonly KernelSpan[],
  pid: number,
): MetadataEvent[] {
  const used = new Map<number, string>()
  for (const { granules, worker } of spans) {
    for (const granule of granules) {
      const label = `granule ${granule}: ${scenario.workers[worker].name}`
      used.set(granuleTid(scenario, granule, worker), label)
    }
  }
  return [...used]
    .sort(([a], [b]) => a - b)
    .flatMap(([tid, label]) => named('thread', label, pid, tid, tid))
}

/** A time in whole nanoseconds, as µs: what Perfetto keeps. */
function nanosecondUs(us: number): number {
  return Math.round(us * 1000) / 1000
}

function durationUs(startUs: number, endUs: number): number {
  return nanosecondUs(nanosecondUs(endUs) - nanosecondUs(startUs))
}

function kernelEvents(scenario: Scenario, span: KernelSpan, pid: number): CompleteEvent[] {
  const { device, workers } = scenario
  const { worker, request, kernel, startUs, endUs, granules } = span
  const { profile, name: workerName } = workers[worker]
  const slice = {
    ph: 'X',
    pid,
    ts: nanosecondUs(startUs),
    dur: durationUs(startUs, endUs),
  } as const
  const { name, grid } = profile.kernels[kernel]
  const main: CompleteEvent = {
    name: shortKernelName(name),
    cat: 'kernel',
    ...slice,
    tid: kernelTid(worker),
    args: {
      kernel: name,
      index: kernel,
      request,
      blocks: grid[0] * grid[1] * grid[2],
      granules: formatPartition(granules),
      cus: cusOf(device, granules),
    },
  }
  const held = granules.map(
    (granule): CompleteEvent => ({
      name: shortKernelName(name),
      cat: 'granule',
      ...slice,
      tid: granuleTid(scenario, granule, worker),
      args: { kernel: name, index: kernel, request, worker: workerName },
    }),
  )
  return [main, ...held]
}

/** A slice per request, from its first kernel to its last among the spans. */
function requestEvents(
  scenario: Scenario,
  spans: readonly KernelSpan[],
  pid: number,
): CompleteEvent[] {
  const requests = new Map<
    string,
    { worker: number; request: number; startUs: number; endUs: number }
  >()
  for (const { worker, request, startUs, endUs } of spans) {
    const key = `${worker} ${request}`
    const known = requests.get(key)
    if (!known) requests.set(key, { worker, request, startUs, endUs })
    else {
      known.startUs = Math.min(known.startUs, startUs)
      known.endUs = Math.max(known.endUs, endUs)
    }
  }
  return [...requests.values()].map(({ worker, request, startUs, endUs }) => ({
    name: `request ${request}`,
    cat: 'request',
    ph: 'X',
    pid,
    tid: requestTid(worker),
    ts: nanosecondUs(startUs),
    dur: durationUs(startUs, endUs),
    args: { worker: scenario.workers[worker].name, request },
  }))
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
