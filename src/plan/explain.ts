import { addTo } from '../maps.js'
import { plural } from '../plural.js'
import { describeEntry, entryCus } from './layout.js'
import {
  isPlaced,
  kernelCount,
  ownerOf,
  type Plan,
  switchesPerRequest,
  type WorkerPlan,
} from './plan.js'

/** Up to this many runs of kernels are printed one by one; more are summed up by size. */
const LISTED_RUNS = 24

const MECHANISMS: Record<Plan['mechanism'], string> = {
  pooled: 'streams made ahead of time; a switch costs a barrier',
  'mask-call': 'the queue is re-masked before every kernel',
  hardware: 'placed by the command processor at dispatch (proposed hardware)',
  mps: 'a process for each worker, with a share of the compute units, whichever are free',
  mig: 'a process for each worker, in a hardware instance with memory bandwidth of its own',
}

/** A plan in words, for a terminal. Lines are joined with newlines. */
export function explainPlan(plan: Plan): string {
  return [
    `${plan.evidence.policy} plan for ${plan.device.name}: ${MECHANISMS[plan.mechanism]}`,
    ...parameterLines(plan),
    ...solverLines(plan),
    ...predictedLines(plan),
    ...poolLines(plan),
    ...plan.workers.flatMap((worker) => ['', ...workerLines(plan, worker)]),
  ].join('\n')
}

function parameterLines({ evidence }: Plan): string[] {
  const entries = Object.entries(evidence.parameters)
  if (entries.length === 0) return []
  return [`parameters: ${entries.map(([name, value]) => `${name} ${inWords(value)}`).join(', ')}`]
}

/** Renders a parameter without JSON's punctuation, such as `14` or `cuts (cutsUs 2.058 3.668)`. */
function inWords(value: unknown): string {
  if (typeof value === 'number') return figure(value)
  if (Array.isArray(value)) return value.map(inWords).join(' ')
  if (typeof value !== 'object' || value === null) return `${value}`
  const { kind, ...rest } = value as Record<string, unknown>
  const fields = Object.entries(rest).map(([name, one]) => `${name} ${inWords(one)}`)
  return `${kind ?? ''}${fields.length === 0 ? '' : ` (${fields.join(', ')})`}`.trim()
}

function solverLines({ evidence: { solver } }: Plan): string[] {
  if (!solver) return []
  const { method, status, objective, bound, gap } = solver
  const proof = [
    bound === null ? 'no bound' : `bound ${figure(bound)}`,
    ...(gap === null ? [] : [`gap ${percent(gap)}`]),
  ]
  return [`solver: ${status} by ${method}: objective ${figure(objective)}, ${proof.join(', ')}`]
}

function predictedLines({ evidence: { predicted } }: Plan): string[] {
  if (!predicted) return []
  const values = Object.entries(predicted).map(([name, value]) => `${name} ${figure(value)}`)
  return [`predicted: ${values.join(', ')}`]
}

function poolLines(plan: Plan): string[] {
  const placed = plan.pool.filter(isPlaced)
  if (placed.length === plan.pool.length) {
    const sizes = plan.pool.map((entry) => entryCus(plan, entry)).sort((a, b) => a - b)
    const alone = placed.every(({ overlap }) => overlap === 'none')
      ? ' where no other kernel is'
      : ''
    return [
      `pool: ${sizes.length} sizes placed at dispatch${alone}, ${sizes[0]} to ${sizes.at(-1)} CUs`,
    ]
  }
  const lines = plan.pool.map((entry, i) => {
    const owner = ownerOf(entry)
    const user = owner === null ? 'shared' : plan.workers[owner]?.name
    return `  ${i}: ${describeEntry(plan, entry)}, ${user}`
  })
  return ['pool:', ...lines]
}

function workerLines(plan: Plan, worker: WorkerPlan): string[] {
  const switches = switchesPerRequest(worker)
  const calls = plan.mechanism === 'mask-call' ? ', a mask call before every kernel' : ''
  const runs = stretchesOf(worker)
  const head = `${worker.name}: ${plural(kernelCount(worker), 'kernel')}, ${plural(switches, 'switch', 'switches')} per request${calls}`
  const body =
    runs.length <= LISTED_RUNS ? runs.map((run) => runLine(plan, run)) : sumLines(plan, runs)
  return [head, ...body, ...priorityLines(worker)]
}

/** Consecutive kernels on one partition, regardless of their priorities. */
interface Stretch {
  readonly first: number
  readonly kernels: number
  readonly partition: number
}

function stretchesOf(worker: WorkerPlan): Stretch[] {
  const runs: Stretch[] = []
  let first = 0
  for (const { kernels, partition } of worker.groups) {
    const last = runs.at(-1)
    if (last?.partition === partition) {
      runs[runs.length - 1] = { ...last, kernels: last.kernels + kernels }
    } else {
      runs.push({ first, kernels, partition })
    }
    first += kernels
  }
  return runs
}

function runLine(plan: Plan, { first, kernels, partition }: Stretch): string {
  const last = first + kernels - 1
  const range = kernels === 1 ? `kernel ${first}` : `kernels ${first}-${last}`
  return `  ${range}: ${describeEntry(plan, plan.pool[partition])}`
}

function sumLines(plan: Plan, runs: readonly Stretch[]): string[] {
  const bySize = new Map<number, { kernels: number; runs: number }>()
  for (const { kernels, partition } of runs) {
    const cus = entryCus(plan, plan.pool[partition])
    const known = bySize.get(cus) ?? { kernels: 0, runs: 0 }
    bySize.set(cus, { kernels: known.kernels + kernels, runs: known.runs + 1 })
  }
  return [...bySize]
    .sort(([a], [b]) => a - b)
    .map(
      ([cus, { kernels, runs: count }]) =>
        `  ${plural(cus, 'CU')}: ${plural(kernels, 'kernel')} in ${plural(count, 'run')}`,
    )
}

function priorityLines(worker: WorkerPlan): string[] {
  const kernels = new Map<number, number>()
  for (const group of worker.groups) {
    addTo(kernels, group.priority, group.kernels)
  }
  if (kernels.size === 1 && kernels.has(0)) return []
  const parts = [...kernels].sort(([a], [b]) => b - a).map(([level, n]) => `${level}: ${n}`)
  return [`  kernels by priority, highest first: ${parts.join(', ')}`]
}

function figure(value: number): string {
  return Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(4))}`
}

function percent(share: number): string {
  return `${figure(share * 100)}%`
}
