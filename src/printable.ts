/**
 * Characters that act on a terminal instead of being shown: controls, escape sequences, changes of
 * writing direction, separators of lines. Newlines and tabs are among them.
 */
const ACTING = /[\p{Cc}\u{61C}\u{200B}\u{200E}\u{200F}\u{2028}-\u{202E}\u{2060}-\u{2069}\u{FEFF}]/gu

/** Text that a terminal shows as it is: characters that would act on it become `\u001b` and the like. */
export function printable(text: string): string {
  return text.replace(ACTING, escaped)
}

/** A line break, a tab, or a colour as picocolors writes it: what our own layout is made of. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: our colours start with one
const LAYOUT = /\n|\t|\u{1B}\[[0-9;]*m/gu

/** {@link printable} for a whole page of text with our own line breaks and colours in it. */
export function printableLayout(text: string): string {
  let shown = ''
  let from = 0
  for (const { index, 0: kept } of text.matchAll(LAYOUT)) {
    shown += printable(text.slice(from, index)) + kept
    from = index + kept.length
  }
  return shown + printable(text.slice(from))
}

/** {@link printable} for JSON: the same value, written without characters that act on a terminal. */
export function printableJson(json: string): string {
  return json.replace(ACTING, (character) => (character === '\n' ? character : escaped(character)))
}

function escaped(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`
}
