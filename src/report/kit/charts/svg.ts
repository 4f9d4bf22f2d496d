import { type Content, type Html, html } from '../html.js'

/** What every chart says about itself, for those who cannot see it. */
export interface ChartText {
  /** Names the chart: what against what. */
  readonly title: string
  /** What it shows: the finding, or how to read it. */
  readonly description: string
}

/** Width in px of a chart that spans the page; scrolled inside its own box on a phone. */
export const WIDE = 1000
/** Width in px of a chart among {@link panels}. */
export const PANEL = 360

export interface Canvas extends ChartText {
  readonly width: number
  readonly height: number
  readonly body: Content
}

/** An SVG figure drawn in px, scaled to its place; legible from a phone to a wide screen. */
export function canvas({ title, description, width, height, body }: Canvas): Html {
  const wide = width > PANEL
  const chart = html`<svg class="${wide ? 'wide' : 'panel'}" viewBox="0 0 ${width} ${height}" role="img" xmlns="http://www.w3.org/2000/svg"${
    wide && html` style="--width:${Math.round(width * 0.86)}px"`
  }><title>${title}</title><desc>${description}</desc>${body}</svg>`
  return wide
    ? html`<div class="scroll" tabindex="0" role="group" aria-label="${title}">${chart}</div>`
    : chart
}

/** About how wide a text is at 12 px, in px, on the safe side. */
export function textWidth(text: string): number {
  return text.length * 6.8
}

/** About how wide a semibold text is at 12 px, in px, on the safe side. */
export function strongTextWidth(text: string): number {
  return text.length * 7.7
}
