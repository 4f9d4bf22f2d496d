import { type Content, type Html, html } from '../html.js'
import { type Hint, hintLayer, withHints } from './hints.js'

/** What every chart says about itself to readers who cannot see it. */
export interface ChartText {
  /** The name of the chart: what it shows against what. */
  readonly title: string
  /** What the chart shows: the finding, or how to read it. */
  readonly description: string
}

/** The width in px of a chart that spans the page. On a phone it scrolls inside a box of its own. */
export const WIDE = 1000
/** The width in px of a chart among {@link panels}. */
export const PANEL = 360

export interface Canvas extends ChartText {
  readonly width: number
  readonly height: number
  readonly body: Content
  /** What marks say when a reader points at them. */
  readonly hints?: readonly Hint[] | undefined
}

/** An SVG figure drawn in px and scaled to its place, so that it can be read on a phone and on a wide screen. */
export function canvas({ title, description, width, height, body, hints = [] }: Canvas): Html {
  const isWide = width > PANEL
  const svg = html`<svg class="${isWide ? 'wide' : 'panel'}" viewBox="0 0 ${width} ${height}" role="img" xmlns="http://www.w3.org/2000/svg"><title>${title}</title><desc>${description}</desc>${body}</svg>`
  const chart = withHints(title, svg, hints.length, hintLayer(title, { width, height }, hints))
  return isWide ? scrolled(title, width, chart) : chart
}

/** A wide chart in a box that scrolls if the screen is narrower. */
function scrolled(title: string, width: number, chart: Html): Html {
  const least = Math.round(width * 0.86)
  return html`<div><p class="sideways">Scroll sideways to see all of it.</p><div class="scroll" tabindex="0" role="group" aria-label="${title}"><div style="min-width:${`${least}`}px">${chart}</div></div></div>`
}
