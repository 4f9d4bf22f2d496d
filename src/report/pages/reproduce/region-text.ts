import type { Changed } from '../../../reproduce/changed.js'
import { type Claim, verdictOf } from '../../../reproduce/claim.js'
import { type Check, isMet } from '../../../reproduce/evidence.js'
import type { Region } from '../../../reproduce/region.js'
import { change, significant } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

/** What the evidence says of the model, and what becomes of the claims over all that agrees with it. */
export function regionText(region: Region, style: TableStyle): string {
  return [
    `Evidence beside the model that ships\n${evidenceTable(region.checks, style)}`,
    `Parameters: ${regionCounts(region)}\n${rangeTable(region, style)}`,
    `Claims over these ${region.judged} sets\n${regionTable(region, style)}`,
  ].join('\n\n')
}

/** `of 160 sets drawn, 31 agree with all evidence; 31 of them were judged`. */
export function regionCounts({ drawn, consistent, judged }: Region): string {
  return `of ${drawn} sets drawn, ${consistent} agree with all evidence; ${judged} of them were judged`
}

/** A figure of a claim: a ratio as a change, a share in percent. */
export function figureOf(value: number, unit: Claim['unit']): string {
  return unit === 'ratio' ? change(value, 1) : `${Math.round(100 * value)}%`
}

/** The parameter that moves a claim, with the sign of the way; nothing if none does. */
export function driver({ goesWith }: Region['claims'][number]): string {
  const { parameter, correlation } = goesWith
  if (Math.abs(correlation) < WEAK) return ''
  return `${parameter} (${correlation < 0 ? '\u2212' : '+'}${Math.abs(correlation).toFixed(2)})`
}

/** Of so few sets, a smaller rank correlation is as likely chance. */
const WEAK = 0.5

function evidenceTable(checks: readonly Check[], style: TableStyle): string {
  const rows = checks.map((check) => [
    `${check.stated} (${check.source})`,
    significant(check.ours),
    `${significant(check.least)} to ${significant(check.most)}`,
    isMet(check) ? 'met' : 'MISSED',
  ])
  return textTable(['', 'ours', 'consistent', ''], rows, style)
}

function rangeTable({ ranges }: Region, style: TableStyle): string {
  const rows = ranges.map(({ parameter, least, most, leastConsistent, mostConsistent }) => [
    parameter,
    `${significant(least)} to ${significant(most)}`,
    `${significant(leastConsistent)} to ${significant(mostConsistent)}`,
  ])
  return textTable(['', 'drawn from', 'consistent'], rows, style)
}

function regionTable(region: Region, style: TableStyle): string {
  const rows = region.claims.map((claim) => [
    claim.paper,
    `${Math.round(100 * claim.holds)}%`,
    ...[claim.least, claim.median, claim.most].map((value) => figureOf(value, claim.unit)),
    driver(claim),
  ])
  return textTable(['', 'holds in', 'least', 'median', 'most', 'goes with'], rows, style)
}

/** Which claims a change of the model moves, and whether the changed model still meets the evidence. */
export function changedText({ values, claims, checks }: Changed, style: TableStyle): string {
  const what = Object.entries(values).map(([name, value]) => `${name} = ${value}`)
  const evidence = checks.map(({ shipped, changed }) => [
    shipped.stated,
    significant(shipped.ours),
    significant(changed.ours),
    isMet(changed) ? 'met' : 'MISSED',
  ])
  const rows = claims.map(({ shipped, changed }) => [
    shipped.paper,
    `${verdictOf(shipped)}, ${figureOf(shipped.value, shipped.unit)}`,
    `${verdictOf(changed)}, ${figureOf(changed.value, changed.unit)}`,
    shipped.holds === changed.holds ? '' : 'MOVES',
  ])
  const moved = claims.filter(({ shipped, changed }) => shipped.holds !== changed.holds).length
  return [
    `The model with ${what.join(', ')}, beside the one that ships.`,
    `Evidence\n${textTable(['', 'ships', 'changed', ''], evidence, style)}`,
    `Claims\n${textTable(['', 'ships', 'changed', ''], rows, style)}`,
    `${moved} of ${claims.length} verdicts move.`,
  ].join('\n\n')
}
