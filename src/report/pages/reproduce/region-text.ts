import type { Changed } from '../../../reproduce/changed.js'
import { type Claim, verdictOf } from '../../../reproduce/claim.js'
import { type Check, isMet } from '../../../reproduce/evidence.js'
import type { Region } from '../../../reproduce/region.js'
import { change, significant } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

/**
 * What the evidence says about the model, and what becomes of the claims in all
 * models that agree with the evidence.
 */
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

/** The figure of a claim: a ratio as a change, a share in percent. */
function figureOf(value: number, unit: Claim['unit']): string {
  return unit === 'ratio' ? change(value, 1) : `${Math.round(100 * value)}%`
}

/** A claim over all the models: the paper's words, in how many models it holds, its figures, and what moves it. */
export function claimCells(claim: Region['claims'][number]): string[] {
  const { paper, holds, least, median, most, unit } = claim
  const figures = [least, median, most].map((value) => figureOf(value, unit))
  return [paper, `${Math.round(100 * holds)}%`, ...figures, driver(claim)]
}

/** A parameter: the range that it was drawn from, and the range that agrees with the evidence. */
export function rangeCells(range: Region['ranges'][number]): string[] {
  const { parameter, least, most, leastConsistent, mostConsistent } = range
  return [parameter, between(least, most), between(leastConsistent, mostConsistent)]
}

/** `0.3 to 1.5` */
export function between(least: number, most: number): string {
  return `${significant(least)} to ${significant(most)}`
}

/** The parameter that moves a claim, with a sign for the direction; nothing if no parameter does. */
function driver({ goesWith }: Region['claims'][number]): string {
  const { parameter, correlation } = goesWith
  if (Math.abs(correlation) < WEAK) return ''
  return `${parameter} (${correlation < 0 ? '\u2212' : '+'}${Math.abs(correlation).toFixed(2)})`
}

/** With as few sets as there are, a weaker rank correlation may well be chance. */
const WEAK = 0.5

function evidenceTable(checks: readonly Check[], style: TableStyle): string {
  const rows = checks.map((check) => [
    `${check.stated} (${check.source})`,
    significant(check.ours),
    between(check.least, check.most),
    isMet(check) ? 'met' : 'MISSED',
  ])
  return textTable(['', 'ours', 'consistent', ''], rows, style)
}

function rangeTable({ ranges }: Region, style: TableStyle): string {
  return textTable(['', 'drawn from', 'consistent'], ranges.map(rangeCells), style)
}

function regionTable({ claims }: Region, style: TableStyle): string {
  const head = ['', 'holds in', 'least', 'median', 'most', 'goes with']
  return textTable(head, claims.map(claimCells), style)
}

/**
 * Which claims are affected by a change of the model, and whether the changed model still agrees with the evidence.
 */
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
