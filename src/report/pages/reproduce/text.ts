import { reproducedPolicies } from '../../../reproduce/paper.js'
import { meanOf, type Relative, relative, resultOf } from '../../../reproduce/relative.js'
import type { Reproduction } from '../../../reproduce/reproduce.js'
import type { Robustness } from '../../../reproduce/robustness.js'
import { change } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

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
    heading('Claims', claimLines(result)),
  ].join('\n\n')
}

function heading(title: string, body: string): string {
  return `${title}\n${body}`
}

function measureTable(result: Reproduction, measure: keyof Relative, style: TableStyle): string {
  const { mixes } = result
  const head = ['', ...mixes.map(({ mix }) => `Mix ${mix.id}`), 'mean']
  const rows = reproducedPolicies.map((policy) => [
    policy,
    ...mixes.map((mix) => ratio(relative(mix, policy)[measure])),
    ratio(meanOf(mixes, policy, measure)),
  ])
  return textTable(head, rows, style)
}

/** A ratio to two places; a latency without completed requests has none. */
export function ratio(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '\u2013'
}

/** Columns of Table I, by our policy. */
export const tableOne = [
  { policy: 'kernel-wise-ioctl', column: 'ioctl', title: 'KW-IOCTL' },
  { policy: 'kernel-wise-prealloc', column: 'prealloc', title: 'KW-Prealloc' },
  { policy: 'eclip', column: 'eclip', title: 'ECLIP' },
] as const

function switchTable(result: Reproduction, style: TableStyle): string {
  const head = ['', ...tableOne.map(({ title }) => title), 'ECLIP, most of a worker']
  const rows = result.mixes.map((mix) => [
    `Mix ${mix.mix.id} (${mix.mix.models.join(', ')})`,
    ...tableOne.map(
      ({ policy, column }) => `${mix.mix.switches[column]} / ${resultOf(mix, policy).switches}`,
    ),
    `${resultOf(mix, 'eclip').mostSwitchesOfWorker}`,
  ])
  return textTable(head, rows, style)
}

function ablationTable(ablation: Reproduction['ablations'][number], style: TableStyle): string {
  const head = ['', 'requests/s', 'weighted speedup', 'requests/W', 'p95', 'switches']
  const rows = ablation.points.map((point) => [
    `${point.value}`,
    ...[point.throughput, point.weightedSpeedup, point.requestsPerWatt, point.p95].map((gain) =>
      change(gain, 1),
    ),
    point.switches.toFixed(0),
  ])
  return textTable(head, rows, style)
}

function claimLines({ claims }: Reproduction): string {
  const held = claims.filter(({ holds }) => holds).length
  const lines = claims.flatMap(({ paper, ours, holds, why }) => [
    `${holds ? 'holds ' : 'DIFFERS'} ${paper}`,
    `        ours: ${ours}`,
    ...(why === '' ? [] : [`        why: ${why}`]),
  ])
  return [...lines, `${held} of ${claims.length} claims hold.`].join('\n')
}

/** Which claims keep their verdict when parameters change. */
export function robustnessText(results: readonly Robustness[], style: TableStyle): string {
  const head = ['', 'nominal', 'same verdict', 'turned by']
  const rows = results.map(({ paper, holds, tried, turnedBy }) => [
    paper,
    holds ? 'holds' : 'differs',
    `${tried - turnedBy.length}/${tried}`,
    turnedBy.join(', '),
  ])
  return textTable(head, rows, style)
}
