import { InputError } from './errors.js'

/** A line of a text with something on it. */
export interface ContentLine {
  /** Where it stands, for errors: `line 3`. */
  readonly place: string
  /** The line without its comment and without space around it. */
  readonly content: string
}

/** The most entries of a list or a table; more would take gigabytes. */
const MOST_LINES = 1_000_000

/**
 * Lines with content, one by one; `#` starts a comment.
 * @param file what to name in an error
 * @throws InputError when there are more than a million
 */
export function* contentLines(text: string, file: string): Generator<ContentLine> {
  let found = 0
  for (let start = 0, line = 1; start <= text.length; line++) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const [content] = text.slice(start, end).split('#', 1)
    start = end + 1
    if (content.trim() === '') continue
    if (++found > MOST_LINES) {
      throw new InputError({ file, expected: `at most ${MOST_LINES} lines`, found: 'more' })
    }
    yield { place: `line ${line}`, content: content.trim() }
  }
}
