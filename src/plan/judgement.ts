import { z } from 'zod'
import type { Frozen } from '../frozen.js'

const number = z.number()

/** A value over several runs: its mean, and the interval in which a further run is expected to lie. */
const intervalSchema = z.strictObject({
  mean: number,
  low: number,
  high: number,
})

/**
 * The verdict on a target. `met` and `missed` hold for further runs too; `unclear` is too close to
 * call and promises nothing.
 */
const verdictSchema = z.enum(['met', 'missed', 'unclear'])

const targetSchema = z.strictObject({
  asked: number.describe('what was asked: ms, or a share'),
  margin: number
    .nullable()
    .describe('part of what was asked that is left over, negative if missed'),
  verdict: verdictSchema,
})

const workerSchema = z.strictObject({
  name: z.string().min(1),
  offeredPerSecond: number.nullable().describe('requests that arrive; null in a closed loop'),
  servedPerSecond: number,
  utilisation: number.nullable().describe('offered rate times time in service; null if unknown'),
  isOverloaded: z.boolean().describe('more arrives than the worker can serve'),
  normalizedThroughput: intervalSchema.describe('rate over the rate alone under the same load'),
  p95Ms: intervalSchema
    .nullable()
    .describe(
      'null if some run finished nothing that it was asked, or hardly any was asked anything',
    ),
  p95Target: targetSchema.optional(),
  minimumShare: targetSchema.optional(),
})

export const judgementSchema = z.strictObject({
  seeds: z.array(z.number().int().nonnegative()).min(1).describe('of the runs'),
  warmupSeconds: number.nonnegative(),
  seconds: number.positive().describe('simulated time of each run that was measured'),
  headroom: number
    .nonnegative()
    .nullable()
    .describe('multiple of the loads that is carried within all targets; null in a closed loop'),
  workers: z.array(workerSchema).min(1),
})

/** What several simulated runs say about a plan: the load of each worker, and its targets. */
export type Judgement = Frozen<z.infer<typeof judgementSchema>>
export type WorkerJudgement = Judgement['workers'][number]
export type TargetJudgement = NonNullable<WorkerJudgement['p95Target']>
export type Interval = z.infer<typeof intervalSchema>
export type Verdict = z.infer<typeof verdictSchema>

/** A target of a worker, and the figure that the target is for. */
export interface NamedTarget extends TargetJudgement {
  readonly worker: WorkerJudgement
  readonly kind: 'p95' | 'share'
}

/** Every target of a judgement, worker by worker. */
export function targetsOf({ workers }: Judgement): NamedTarget[] {
  return workers.flatMap((worker) => [
    ...(worker.p95Target ? [{ ...worker.p95Target, worker, kind: 'p95' as const }] : []),
    ...(worker.minimumShare ? [{ ...worker.minimumShare, worker, kind: 'share' as const }] : []),
  ])
}

/** The worst verdict over all targets; undefined if there are none. */
export function overallVerdict(judgement: Judgement): Verdict | undefined {
  const verdicts = targetsOf(judgement).map(({ verdict }) => verdict)
  return (['missed', 'unclear', 'met'] as const).find((verdict) => verdicts.includes(verdict))
}
