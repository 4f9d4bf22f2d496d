import { describe, InputError } from '../errors.js'

/** One line of a table of comma-separated values. */
export interface DataLine {
  /** Where it stands, for errors: `line 3`. */
  readonly place: string
  readonly cells: readonly string[]
}

/** Lines with content; `#` starts a comment. */
export function dataLines(text: string): DataLine[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const content = line.replace(/#.*$/, '').trim()
    if (content === '') return []
    const cells = content.split(/[,;\t]/).map((cell) => cell.trim())
    return [{ place: `line ${index + 1}`, cells }]
  })
}

/**
 * The number in a cell.
 * @throws InputError when it is not a finite number
 */
export function numberIn(line: DataLine, column: number, what: string, file: string): number {
  const text = line.cells[column]
  const value = Number(text)
  if (text !== undefined && text !== '' && Number.isFinite(value)) return value
  throw new InputError({ file, path: line.place, expected: what, found: describe(text) })
}
