import { type ContentLine, contentLines } from '../content-lines.js'
import { describe, InputError } from '../errors.js'

/** One line of a table of separated values. */
export interface DataLine {
  /** Where the line is, for errors: `line 3`. */
  readonly place: string
  readonly cells: readonly string[]
}

/** A larger number is a mistake, and sums of such numbers could overflow. */
const LARGEST = 1e15

/**
 * The first of these that occurs in the first line separates the cells of all lines, so that `0,5` is
 * one cell in a table with `;`.
 */
const SEPARATORS = ['\t', ';', ',']

/**
 * Lines with content, split into cells; `#` starts a comment. Tabs, semicolons or commas separate
 * cells.
 * @throws InputError when a line has more cells than the first
 */
export function dataLines(text: string, file: string): DataLine[] {
  let separator = ','
  let width = 0
  const toData = ({ place, content }: ContentLine, row: number): DataLine => {
    if (row === 0) separator = SEPARATORS.find((mark) => content.includes(mark)) ?? ','
    const cells = content.split(separator).map((cell) => cell.trim())
    if (row === 0) width = cells.length
    if (cells.length <= width) return { place, cells }
    const expected = `at most ${width} cells, as in the first line (decimals have a point)`
    throw new InputError({ file, path: place, expected, found: describe(content) })
  }
  return Array.from(contentLines(text, file), toData)
}

/**
 * The number in a cell.
 * @throws InputError when the cell is not a number, or not a finite one
 */
export function numberIn(line: DataLine, column: number, what: string, file: string): number {
  const text = line.cells[column]
  const value = Number(text)
  if (text !== undefined && text !== '' && Math.abs(value) <= LARGEST) return value
  throw new InputError({ file, path: line.place, expected: what, found: describe(text) })
}
