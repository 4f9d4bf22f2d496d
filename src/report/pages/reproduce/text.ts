import { tally, verdictOf, withoutBest } from '../../../reproduce/claim.js'
import { NEAR_OPTIMAL, reproducedPolicies } from '../../../reproduce/paper.js'
import { meanOf, type Relative, relative, resultOf } from '../../../reproduce/relative.js'
import type { Reproduction } from '../../../reproduce/reproduce.js'
import type { Robustness } from '../../../reproduce/robustness.js'
import { change } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'
import { regionText } from './region-text.js'

/** The reproduction as tables for a terminal. */
export function reproductionText(result: Reproduction, style: TableStyle): string {
  return [
    `ECLIP's evaluation on a simulated ${result.device}, batch ${result.batch}, ${result.profiles} profiles. Relative to baseline.`,
    heading('Throughput, requests/s', measureTable(result, 'throughput', style)),
    heading('Throughput, weighted speedup', measureTable(result, 'weightedSpeedup', style)),
    heading('Requests per watt', measureTable(result, 'requestsPerWatt', style)),
    heading('p95 latency', measureTable(result, 'p95', style)),
    heading('Switches a request (Table I / ours)', switchTable(result, style)),
    ...result.ablations.map((ablation) =>
      heading(`Ablation: ${ablation.title.toLowerCase()}`, ablationTable(ablation, style)),
    ),
    ...(result.region ? [regionText(result.region, style)] : []),
    heading('Claims', claimLines(result)),
  ].join('\n\n')
}

function heading(title: string, body: string): string {
  return `${title}\n${body}`
}

function measureTable(result: Reproduction, measure: keyof Relative, style: TableStyle): string {
  const { mixes } = result
  const head = ['', ...mixes.map(({ mix }) => `Mix ${mix.id}`), 'mean', 'less best mix']
  const rows = reproducedPolicies.map((policy) => [
    policy,
    ...mixes.map((mix) => ratio(relative(mix, policy)[measure])),
    ratio(meanOf(mixes, policy, measure)),
    ratio(withoutBest(mixes, policy, measure)),
  ])
  return textTable(head, rows, style)
}

/** A ratio to two places. A latency has no ratio if no request was completed. */
export function ratio(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '\u2013'
}

/** The columns of Table I, by our policy. */
export const tableOne = [
  { policy: 'kernel-wise-ioctl', column: 'ioctl', title: 'KW-IOCTL' },
  { policy: 'kernel-wise-prealloc', column: 'prealloc', title: 'KW-Prealloc' },
  { policy: 'eclip', column: 'eclip', title: 'ECLIP' },
  { policy: NEAR_OPTIMAL, column: 'eclip', title: 'ECLIP within 1%' },
] as const

function switchTable(result: Reproduction, style: TableStyle): string {
  const head = ['', ...tableOne.map(({ title }) => title), 'ECLIP, most of a worker']
  const rows = result.mixes.map((mix) => [
    `Mix ${mix.mix.id} (${mix.mix.models.join(', ')})`,
    ...tableOne.map(({ policy, column }) => {
      const ours = resultOf(mix, policy).switches
      const paper = mix.mix.switches[column]
      return `${paper} / ${ours}, ${change(ours, paper)}`
    }),
    `${resultOf(mix, 'eclip').mostSwitchesOfWorker}`,
  ])
  return textTable(head, rows, style)
}

function ablationTable(ablation: Reproduction['ablations'][number], style: TableStyle): string {
  const head = ['', 'requests/s', 'weighted speedup', 'requests/W', 'p95', 'switches', 'mixes']
  const rows = ablation.points.map((point) => [
    `${point.value}`,
    ...[point.throughput, point.weightedSpeedup, point.requestsPerWatt, point.p95].map((gain) =>
      change(gain, 1),
    ),
    point.switches.toFixed(0),
    `${point.mixes}`,
  ])
  return textTable(head, rows, style)
}

function claimLines({ claims }: Reproduction): string {
  const lines = claims.flatMap((claim) => [
    `${verdictOf(claim).padEnd(VERDICT_WIDTH)} ${claim.paper}`,
    `${' '.repeat(VERDICT_WIDTH)} ours: ${claim.ours}`,
    ...(claim.why === '' ? [] : [`${' '.repeat(VERDICT_WIDTH)} why: ${claim.why}`]),
  ])
  return [...lines, `${tally(claims)}.`].join('\n')
}

/** Wide enough for the usual verdicts. */
const VERDICT_WIDTH = 'differs'.length

/** Which claims keep their verdict when a parameter changes. */
export function robustnessText(results: readonly Robustness[], style: TableStyle): string {
  const head = ['', 'nominal', 'same verdict', 'turned by']
  const rows = results.map(({ paper, kind, holds, tried, turnedBy }) => [
    paper,
    verdictOf({ kind, holds }),
    `${tried - turnedBy.length}/${tried}`,
    turnedBy.join(', '),
  ])
  return textTable(head, rows, style)
}
