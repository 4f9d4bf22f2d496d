import { type Html, html } from '../html.js'
import type { ChartText } from './svg.js'

export interface BarPart {
  readonly value: number
  /** CSS colour; the accent colour without it. */
  readonly colour?: string | undefined
  /** Shown while the pointer rests on the part. */
  readonly name?: string | undefined
}

export interface Bar {
  readonly label: string
  /** The value as it is read, e.g. `1.48`, at the right end of the row. */
  readonly text: string
  /** One part, or several stacked ones. Values that are not finite draw nothing. */
  readonly parts: readonly BarPart[]
  readonly emphasis?: 'strong' | undefined
}

export interface BarsContent extends ChartText {
  readonly bars: readonly Bar[]
  /** Value at the full width; the longest bar's without it. */
  readonly max?: number | undefined
  /** A value to compare with, marked on every bar. */
  readonly reference?: number | undefined
  /** Height of a bar in px; 9 without it. */
  readonly thickness?: number | undefined
}

/** Where a row's bar begins, below its label, and what separates it from the next row, in px. */
const BAR_TOP = 20
const GAP = 5

/** Horizontal bars from 0, each below its label and value, as wide as their place. */
export function bars(content: BarsContent): Html {
  const { title, description, bars: rows, max, reference, thickness = 9 } = content
  const full = max ?? Math.max(reference ?? 0, ...rows.map(total))
  const share = (value: number): string => `${((100 * value) / (full || 1)).toFixed(2)}%`
  const pitch = BAR_TOP + thickness + GAP
  const mark =
    reference !== undefined &&
    html`<line class="mark" x1="${share(reference)}" x2="${share(reference)}" y1="${BAR_TOP - 3}" y2="${BAR_TOP + thickness + 3}"/>`
  return html`<svg class="bars" height="${rows.length * pitch}" role="img" xmlns="http://www.w3.org/2000/svg"><title>${title}</title><desc>${description}</desc>${rows.map(
    (bar, i) =>
      html`<svg y="${i * pitch}" height="${pitch}" width="100%" overflow="visible">${row(bar, thickness, share)}${mark}</svg>`,
  )}</svg>`
}

function row(
  { label, text, parts, emphasis }: Bar,
  thickness: number,
  share: (value: number) => string,
): Html {
  const tone = emphasis ?? ''
  const drawn = parts.filter(({ value }) => Number.isFinite(value) && value > 0)
  const starts = drawn.map((_, i) => drawn.slice(0, i).reduce((sum, { value }) => sum + value, 0))
  return html`<text class="${tone}" y="14">${label}</text><text class="value ${tone}" x="100%" y="14" text-anchor="end">${text}</text><rect class="track" y="${BAR_TOP}" width="100%" height="${thickness}" rx="2"/>${drawn.map(
    ({ value, colour = 'var(--accent)', name }, i) =>
      html`<rect x="${share(starts[i])}" y="${BAR_TOP}" width="${share(value)}" height="${thickness}" style="fill:${colour}">${
        name && html`<title>${name}</title>`
      }</rect>`,
  )}`
}

function total({ parts }: Bar): number {
  return parts.reduce(
    (sum, { value }) => sum + (Number.isFinite(value) ? Math.max(0, value) : 0),
    0,
  )
}
