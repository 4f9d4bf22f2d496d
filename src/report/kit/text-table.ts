import Table from 'cli-table3'
import pc from 'picocolors'

/** How a table meets its terminal. */
export interface TableStyle {
  /** `ansi` for a terminal, `plain` for a file or a pipe. */
  readonly colours: 'ansi' | 'plain'
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
 * A terminal table without frames: the first column to the left, numbers to the right.
 * @param head titles; may hold line breaks, and then end on the same line
 */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { colours }: TableStyle,
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
  return `${grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}
