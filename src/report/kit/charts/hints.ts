import { type Content, type Html, html } from '../html.js'
import { textWidth } from './text-width.js'

/** The words of a mark, shown while the pointer rests on it, or when it is tapped or focused. */
export interface Hint {
  readonly text: string
  /** The box that reacts to the pointer, in px of the chart. */
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** With more hints than this, people who use the keyboard need a way around them. */
const MANY = 24
/** The height of a line of text, px. */
const LINE = 15

/**
 * A chart with hints. The hints lie in a layer of their own above the picture. The picture therefore stays
 * one image to a screen reader, no mark covers the words of its neighbour, and every hint can be reached
 * with the tab key without a script.
 * @param chart the picture, which fills its place
 * @param layer the hints, drawn in the same coordinates
 */
export function withHints(title: string, chart: Html, count: number, layer: Content): Html {
  if (count === 0) return chart
  const end = `after-${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`
  const isMany = count > MANY
  return html`<div class="chart">${
    isMany && html`<a class="skip" href="#${end}">Skip ${`${count}`} values</a>`
  }${chart}${layer}${isMany && html`<span id="${end}"></span>`}</div>`
}

/** The layer of hints for a chart that is drawn in px and scaled to its place. */
export function hintLayer(
  title: string,
  { width, height }: { readonly width: number; readonly height: number },
  hints: readonly Hint[],
): Html {
  return html`<svg class="hints" viewBox="0 0 ${width} ${height}" role="list" aria-label="Values of ${title}" xmlns="http://www.w3.org/2000/svg">${hints.map(
    (hint) => drawHint(hint, width, height),
  )}</svg>`
}

function drawHint({ text, left, top, width, height }: Hint, chart: number, tall: number): Html {
  const lines = wrapped(text, chart)
  const half = Math.max(...lines.map(textWidth)) / 2
  const x = Math.max(half, Math.min(chart - half, left + width / 2))
  const above = top - 6 - (lines.length - 1) * LINE
  const first = above > LINE ? above : Math.min(top + height + LINE, tall - lines.length * LINE)
  return html`<g role="listitem" tabindex="0"><rect x="${left}" y="${top}" width="${width}" height="${height}"/><text text-anchor="middle">${lines.map(
    (line, i) => html`<tspan x="${x}" y="${first + i * LINE}">${line}</tspan>`,
  )}</text></g>`
}

/** A text broken into lines that fit into a chart. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines[lines.length - 1]} ${word}` : word
    if (lines.length > 0 && textWidth(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
