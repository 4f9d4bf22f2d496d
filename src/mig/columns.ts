import { type ContentLine, contentLines } from '../content-lines.js'
import { describe, InputError } from '../errors.js'

/** One line of a table of separated values. */
export interface DataLine {
  /** Where it stands, for errors: `line 3`. */
  readonly place: string
  readonly cells: readonly string[]
}

/** Past this, a number is a mistake, and sums of them are no longer numbers. */
const LARGEST = 1e15

/** Whichever of these the first line has separates the cells of all: `0,5` is no two cells after `;`. */
const SEPARATORS = ['\t', ';', ',']

/**
 * Lines with content, cut into cells; `#` starts a comment. Tabs, semicolons or commas separate cells.
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
 * @throws InputError when it is none, or not a finite one
 */
export function numberIn(line: DataLine, column: number, what: string, file: string): number {
  const text = line.cells[column]
  const value = Number(text)
  if (text !== undefined && text !== '' && Math.abs(value) <= LARGEST) return value
  throw new InputError({ file, path: line.place, expected: what, found: describe(text) })
}
