import { InputError } from '../../errors.js'
import { median } from '../../numbers.js'
import type { Trace, TracedKernel } from './trace.js'

/** One request of a model, found in a trace of several. */
export interface TracedRequest {
  /** In execution order; durations are medians over the requests. */
  readonly kernels: readonly TracedKernel[]
  /** Number of consecutive requests found in the trace. */
  readonly requests: number
  /** Number of kernels in the trace that belong to none of them. */
  readonly leftOut: number
  /** From the start of the first kernel to the end of the last, median over the requests. */
  readonly spanUs: number
}

/**
 * Finds the request that a trace repeats: the same kernels in the same order.
 * @param requests how many the trace contains. If absent, the repetition at the end of the trace is
 * looked for
 * @throws InputError if nothing repeats in this way
 */
export function requestOf(trace: Trace, requests: number | undefined, file: string): TracedRequest {
  const { kernels } = trace
  const ids = idsOf(kernels)
  const found = requests === undefined ? repeatedEnd(ids) : repeated(ids, requests)
  if (found === undefined) throw nothingRepeats(kernels.length, requests, file)
  const { from, length, times } = found
  const runs = Array.from({ length: times }, (_, r) =>
    kernels.slice(from + r * length, from + (r + 1) * length),
  )
  return {
    kernels: runs[0].map((kernel, k) => ({
      ...kernel,
      durationUs: median(runs.map((run) => run[k].durationUs)),
    })),
    requests: times,
    leftOut: kernels.length - times * length,
    spanUs: median(runs.map(spanUsOf)),
  }
}

/** A number for each kernel; launches with the same kernel and shape have the same number. */
function idsOf(kernels: readonly TracedKernel[]): Int32Array {
  const known = new Map<string, number>()
  return Int32Array.from(kernels, ({ name, grid, block }) => {
    const key = `${name}|${grid}|${block}`
    const id = known.get(key) ?? known.size
    known.set(key, id)
    return id
  })
}

/** A sequence of `length` kernels that repeats `times` times, starting at some place in the trace. */
interface Repetition {
  readonly from: number
  readonly length: number
  readonly times: number
}

/**
 * The repetition at the end of a sequence that covers the most of it, and at least half; the
 * shortest one if several cover the same. It follows from the failure function of the reversed
 * sequence (Knuth, Morris and Pratt 1977): a prefix of n values repeats itself every n - failure[n].
 */
function repeatedEnd(ids: Int32Array): Repetition | undefined {
  const reversed = ids.toReversed()
  const failure = new Int32Array(reversed.length + 1)
  let best: Repetition | undefined
  for (let n = 2, border = 0; n <= reversed.length; n++) {
    while (border > 0 && reversed[border] !== reversed[n - 1]) border = failure[border]
    if (reversed[border] === reversed[n - 1]) border++
    failure[n] = border
    const length = n - border
    const times = Math.floor(n / length)
    const covered = times * length
    const covers = best === undefined ? 0 : best.length * best.times
    if (times >= 2 && covered > covers) best = { from: ids.length - covered, length, times }
  }
  return best !== undefined && 2 * best.length * best.times >= ids.length ? best : undefined
}

/**
 * The longest sequence that occurs a given number of times in a row in the trace; the last one if
 * several are equally long. Values that equal the value one sequence length before them form a run.
 * A run that is long enough covers at least one of the examined places.
 */
function repeated(ids: Int32Array, times: number): Repetition | undefined {
  for (let length = Math.floor(ids.length / times); length > 0; length--) {
    const wanted = (times - 1) * length
    if (wanted === 0) return { from: ids.length - length, length, times }
    const repeats = (i: number): boolean =>
      i >= length && i < ids.length && ids[i] === ids[i - length]
    for (let place = ids.length - 1; place >= length; place -= wanted) {
      let [first, end] = [place + 1, place + 1]
      while (repeats(first - 1)) first--
      while (repeats(end)) end++
      if (end - first >= wanted) return { from: end - wanted - length, length, times }
    }
  }
  return undefined
}

function nothingRepeats(kernels: number, requests: number | undefined, file: string): InputError {
  const expected =
    requests === undefined
      ? 'the same kernels again and again at the end (else --requests says how many there are)'
      : `${requests} requests of the same kernels`
  const found = `${kernels} kernels that do not repeat so`
  return new InputError({ file, expected, found })
}

function spanUsOf(kernels: readonly TracedKernel[]): number {
  const endUs = kernels.reduce(
    (end, k) => Math.max(end, k.startUs + k.durationUs),
    Number.NEGATIVE_INFINITY,
  )
  return endUs - kernels[0].startUs
}
