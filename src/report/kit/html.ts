/** Markup that is safe to place in a page, because only the {@link html} tag can make it. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }

  toString(): string {
    return this.markup
  }
}

/** What may stand in a template. Text is escaped and markup is kept; false, null and undefined print nothing. */
export type Content = Html | string | number | false | null | undefined | readonly Content[]

/**
 * Builds markup, both HTML and SVG. Every value is escaped for text and for quoted attributes, so that the name of
 * a kernel cannot break a page, and names written from right to left stay apart from what stands beside them. Numbers are taken for coordinates and rounded to 0.01, so numbers for readers must
 * be formatted first (see format.ts).
 * @throws RangeError for a coordinate that is not finite
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  let markup = strings[0]
  for (let i = 0; i < values.length; i++) markup += render(values[i]) + strings[i + 1]
  return new Html(markup)
}

function render(value: Content): string {
  if (value === false || value === null || value === undefined) return ''
  if (value instanceof Html) return value.markup
  if (typeof value === 'string') return escapeText(value)
  if (typeof value === 'number') return coordinate(value)
  return value.map(render).join('')
}

/** A coordinate, rounded to 0.01. */
export function coordinate(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`a coordinate is ${value}`)
  const rounded = Math.round(value * 100) / 100
  return `${Object.is(rounded, -0) ? 0 : rounded}`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Characters that XML forbids even when escaped: controls, lone surrogates, two non-characters. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu

/** A letter that is written from right to left. */
const FROM_RIGHT =
  '[\\u{590}-\\u{8FF}\\u{FB1D}-\\u{FDFF}\\u{FE70}-\\u{FEFC}\\u{10800}-\\u{10FFF}\\u{1E800}-\\u{1EFFF}]'
/** Words of such letters, with what joins them to one name. */
const NAME_FROM_RIGHT = new RegExp(`${FROM_RIGHT}+(?:[ ._-]+${FROM_RIGHT}+)*`, 'gu')

/**
 * Without its isolate (U+2068 to U+2069, which SVG shows as well), a name written from right to left would draw the
 * numbers beside it to its other side.
 */
const ISOLATED = '\u{2068}$&\u{2069}'

function escapeText(text: string): string {
  return text
    .replace(FORBIDDEN, '\u{FFFD}')
    .replace(NAME_FROM_RIGHT, ISOLATED)
    .replace(/[&<>"']/g, (character) => ENTITIES[character])
}
