import { z } from 'zod'
import { describe, InputError } from '../../errors.js'
import { problemOf } from '../../schema-problem.js'
import { type Trace, type TracedGpu, traceOf } from './trace.js'

const TOOL = 'the PyTorch profiler'

/** The fields of a GPU kernel's event; nothing else in the file matters here. */
const kernelEvent = z.looseObject({
  name: z.string(),
  ts: z.number(),
  dur: z.number(),
  args: z.record(z.string(), z.unknown()),
})

const deviceProperties = z.array(
  z.looseObject({ id: z.number(), name: z.string().optional(), numSms: z.number().optional() }),
)

/**
 * A Chrome trace as the PyTorch profiler (Kineto) exports it. Events of category `kernel` have grid,
 * block, registers and shared memory among their arguments. Times are in µs.
 * @param content the parsed file: an object with `traceEvents`, or just that array
 * @throws InputError if it is something else, or contains no kernel
 */
export function traceFromKineto(content: unknown, file: string): Trace {
  const events = eventsOf(content, file)
  const kernels = events.flatMap((event, i) => {
    if (categoryOf(event) !== 'kernel') return []
    const place = `traceEvents[${i}]`
    const parsed = kernelEvent.safeParse(event)
    if (!parsed.success) {
      const problem = problemOf(parsed.error.issues[0], event, kernelEvent)
      throw new InputError({ file, ...problem, path: `${place}.${problem.path}` })
    }
    return [{ place, kernel: kernelOf(parsed.data) }]
  })
  if (kernels.length === 0) throw noKernels(events, file)
  return traceOf(TOOL, kernels, gpusOf(content), file)
}

function eventsOf(content: unknown, file: string): readonly unknown[] {
  const events = Array.isArray(content)
    ? content
    : (content as { traceEvents?: unknown } | null)?.traceEvents
  if (Array.isArray(events)) return events
  const expected = `a Chrome trace of ${TOOL}`
  throw new InputError({ file, path: 'traceEvents', expected, found: describe(events) })
}

/** Old versions write the category in capitals. */
function categoryOf(event: unknown): string | undefined {
  const { cat } = (event ?? {}) as { cat?: unknown }
  return typeof cat === 'string' ? cat.toLowerCase() : undefined
}

function kernelOf({ name, ts, dur, args }: z.infer<typeof kernelEvent>) {
  return {
    name,
    grid: args.grid,
    block: args.block,
    registers: args['registers per thread'] ?? 0,
    sharedMemoryBytes: args['shared memory'] ?? 0,
    startUs: ts,
    durationUs: dur,
    gpu: args.device ?? 0,
  }
}

function noKernels(events: readonly unknown[], file: string): InputError {
  const expected = 'kernels of a GPU (record with ProfilerActivity.CUDA)'
  const found = `none among ${events.length} events`
  return new InputError({ file, path: 'traceEvents', expected, found })
}

function gpusOf(content: unknown): Map<number, TracedGpu> {
  const given = (content as { deviceProperties?: unknown }).deviceProperties
  const parsed = deviceProperties.safeParse(given)
  if (!parsed.success) return new Map()
  return new Map(parsed.data.map(({ id, name, numSms }) => [id, { name, cus: numSms }]))
}
