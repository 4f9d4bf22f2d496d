import type { Judgement, TargetJudgement, WorkerJudgement } from '../../../plan/judgement.js'
import type { Plan } from '../../../plan/plan.js'
import { fixed, percent, significant, type TableStyle, textTable } from '../../kit/index.js'

/** What a cell shows if there is no value. */
const NONE = '–'

/** A column of the table that says what each worker is offered, how it is served, and what was asked for it. */
export interface WorkloadColumn {
  readonly title: string
  readonly unit?: string
  readonly cell: (worker: WorkerJudgement, batch: number) => string
}

/** The columns that say something about at least one worker. Those on targets only appear if somebody has one. */
export function workloadColumns({ workers, seeds }: Judgement): WorkloadColumn[] {
  const hasShares = workers.some(({ minimumShare }) => minimumShare !== undefined)
  const columns = [
    ...COLUMNS,
    ...(seeds.length > 1 ? [SPREAD] : []),
    ...TARGET_COLUMNS,
    ...(hasShares ? SHARE_COLUMNS : []),
    VERDICT,
  ]
  return columns.filter(({ cell }) => workers.some((worker) => cell(worker, 1) !== NONE))
}

const COLUMNS: readonly WorkloadColumn[] = [
  {
    title: 'offered',
    unit: 'req/s',
    cell: ({ offeredPerSecond }) =>
      offeredPerSecond === null ? 'closed' : significant(offeredPerSecond),
  },
  {
    title: 'served',
    unit: 'req/s',
    cell: ({ servedPerSecond }) => significant(servedPerSecond),
  },
  {
    title: 'served',
    unit: 'samples/s',
    cell: ({ servedPerSecond }, batch) => significant(servedPerSecond * batch),
  },
  {
    title: 'utilisation',
    cell: ({ utilisation }) => (utilisation === null ? NONE : percent(utilisation)),
  },
  { title: 'p95', unit: 'ms', cell: ({ p95Ms }) => (p95Ms ? significant(p95Ms.mean) : NONE) },
]

const SPREAD: WorkloadColumn = {
  title: 'p95 of',
  unit: 'a run',
  cell: ({ p95Ms }) => (p95Ms ? `${significant(p95Ms.low)} to ${significant(p95Ms.high)}` : NONE),
}

const TARGET_COLUMNS: readonly WorkloadColumn[] = [
  {
    title: 'target',
    unit: 'ms',
    cell: ({ p95Target }) => (p95Target ? significant(p95Target.asked) : NONE),
  },
  { title: 'margin', cell: ({ p95Target }) => marginText(p95Target) },
]

const SHARE_COLUMNS: readonly WorkloadColumn[] = [
  {
    title: 'share',
    unit: 'of alone',
    cell: ({ normalizedThroughput }) => fixed(normalizedThroughput.mean),
  },
  {
    title: 'at',
    unit: 'least',
    cell: ({ minimumShare }) => (minimumShare ? fixed(minimumShare.asked) : NONE),
  },
]

const VERDICT: WorkloadColumn = { title: 'verdict', cell: workerVerdict }

/** `met`, `missed` and the like; an overload is called overload. */
export function workerVerdict({ isOverloaded, p95Target, minimumShare }: WorkerJudgement): string {
  const verdicts = [p95Target, minimumShare].flatMap((target) => target?.verdict ?? [])
  const worst = (['missed', 'unclear', 'met'] as const).find((v) => verdicts.includes(v))
  const words = [...(isOverloaded ? ['overloaded'] : []), ...(worst ? [worst] : [])]
  return words.length === 0 ? NONE : words.join(', ')
}

function marginText(target: TargetJudgement | undefined): string {
  if (target === undefined || target.margin === null) return NONE
  return percent(target.margin)
}

/** The table of a workload for a terminal. The line below it says how it was obtained. */
export function workloadText(judgement: Judgement, plan: Plan, style: TableStyle): string {
  const columns = workloadColumns(judgement)
  const head = ['worker', ...columns.map(({ title, unit = '' }) => `${title}\n${unit}`.trimEnd())]
  const rows = judgement.workers.map((worker, w) => [
    worker.name,
    ...columns.map(({ cell }) => cell(worker, plan.workers[w].batch)),
  ])
  return `${textTable(head, rows, style)}${runsText(judgement)}`
}

/** `simulated: 4 runs of 5 s, seeds 2 to 5; 99.9% of further runs …`. */
export function runsText({ seeds, seconds, headroom }: Judgement): string {
  const [first, last] = [seeds[0], seeds[seeds.length - 1]]
  const runs =
    seeds.length === 1
      ? `one run of ${significant(seconds)} s, seed ${first}`
      : `${seeds.length} runs of ${significant(seconds)} s, seeds ${first} to ${last}`
  const spread = seeds.length === 1 ? '' : "; 99.9% of further runs' p95 lie within “p95 of a run”"
  const room = headroom === null ? '' : `\nheadroom: carries ${fixed(headroom)} times this load`
  return `simulated: ${runs}${spread}${room}`
}
