/** Names a process or a thread of a trace. */
export interface MetadataEvent {
  readonly name: 'process_name' | 'process_sort_index' | 'thread_name' | 'thread_sort_index'
  readonly ph: 'M'
  readonly pid: number
  readonly tid: number
  readonly args: { readonly name: string } | { readonly sort_index: number }
}

/** A kernel, a request or a switch: `ts` and `dur` in µs. */
export interface CompleteEvent {
  readonly name: string
  readonly cat: 'kernel' | 'request' | 'granule' | 'switch'
  readonly ph: 'X'
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur: number
  readonly args: Readonly<Record<string, string | number>>
}

/** An arriving request, as a mark on its thread (`s: 't'`). */
export interface InstantEvent {
  readonly name: 'arrival'
  readonly cat: 'request'
  readonly ph: 'i'
  readonly s: 't'
  readonly pid: number
  readonly tid: number
  readonly ts: number
}

/** The values of a counter from a moment on, with one line for each name in `args`. */
export interface CounterEvent {
  readonly name: string
  readonly ph: 'C'
  readonly pid: number
  readonly ts: number
  readonly args: Readonly<Record<string, number>>
}

/** Anything that happens at some time. */
export type TimedEvent = CompleteEvent | InstantEvent | CounterEvent

/** Ticks of a trace per µs. It is a power of two, so that readers add start and length without rounding. */
const TICKS_PER_US = 256

/** A time in µs, in whole ticks. */
export function tick(us: number): number {
  return Math.round(us * TICKS_PER_US) / TICKS_PER_US
}

/** The start and the length of a slice in µs, both in whole ticks. */
export function extent(
  startUs: number,
  endUs: number,
): { readonly ts: number; readonly dur: number } {
  return { ts: tick(startUs), dur: tick(endUs) - tick(startUs) }
}

/** Names a process or a thread, and gives it the position of its number. */
export function named(
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
