import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import pc from 'picocolors'

/** Where a table is printed. */
export interface TableStyle {
  /** `ansi` for a terminal, `plain` for a file or a pipe. */
  readonly colours: 'ansi' | 'plain'
  /** The width of the terminal. It is left out for a file or a pipe, where lines may have any length. */
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
 * A terminal table without frames, with its first column to the left and numbers to the right.
 * If the table is wider than the terminal, it becomes a list: the first cell of each row, and
 * below it the others with their titles.
 * @param head titles; some may contain line breaks, and all end on the same line
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
