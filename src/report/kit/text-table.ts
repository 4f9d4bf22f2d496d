import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import pc from 'picocolors'

/** What a table is printed to. */
export interface TableStyle {
  /** `ansi` for a terminal, `plain` for a file or a pipe. */
  readonly colours: 'ansi' | 'plain'
  /** Width of the terminal; absent for a file or a pipe, where lines may be as long as they are. */
  readonly columns?: number | undefined
}

const FRAMELESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const

/**
 * A terminal table without frames: the first column to the left, numbers to the right. Where it is
 * wider than the terminal, a list: each row's first cell, and below it the others with their titles.
 * @param head titles; may hold line breaks, and then end on the same line
 */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { colours, columns = Number.POSITIVE_INFINITY }: TableStyle,
): string {
  const paint = pc.createColors(colours === 'ansi')
  const grid = new Table({
    chars: FRAMELESS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    rowAligns: ['bottom'],
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
  })
  grid.push(
    head.map((title) => paint.dim(title)),
    ...rows.map((row) => [...row]),
  )
  const lines = grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
  const isTooWide = lines.some((line) => stripVTControlCharacters(line).length > columns)
  return `${isTooWide ? list(head, rows) : lines.join('\n')}\n`
}

function list(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = head.map((title) => title.replace(/(?<=-)\n|\n(?=\/)/g, '').replaceAll('\n', ' '))
  const width = Math.max(...titles.slice(1).map((title) => title.length))
  const block = ([first, ...cells]: readonly string[]): string[] => [
    first,
    ...cells.map((cell, i) => `  ${titles[i + 1].padEnd(width)}  ${cell}`),
  ]
  return [titles[0], ...rows.flatMap(block)].join('\n')
}
