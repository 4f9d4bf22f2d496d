import { type Html, html } from '../html.js'
import { seriesColour } from './colour.js'
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
}

const PITCH = 34
const BAR_TOP = 20
const BAR_HEIGHT = 9

/** Horizontal bars from 0, each below its label and value, as wide as their place. */
export function bars({ title, description, bars: rows, max, reference }: BarsContent): Html {
  const full = max ?? Math.max(reference ?? 0, ...rows.map(total))
  const share = (value: number): string => `${((100 * value) / (full || 1)).toFixed(2)}%`
  return html`<svg class="bars" height="${rows.length * PITCH}" role="img" xmlns="http://www.w3.org/2000/svg"><title>${title}</title><desc>${description}</desc>${rows.map(
    (bar, i) =>
      html`<svg y="${i * PITCH}" height="${PITCH}" width="100%" overflow="visible">${row(bar, share)}${
        reference !== undefined &&
        html`<line class="reference" x1="${share(reference)}" x2="${share(reference)}" y1="${BAR_TOP - 3}" y2="${BAR_TOP + BAR_HEIGHT + 3}"/>`
      }</svg>`,
  )}</svg>`
}

function row({ label, text, parts, emphasis }: Bar, share: (value: number) => string): Html {
  const tone = emphasis === 'strong' ? 'strong' : ''
  let start = 0
  const drawn = parts.filter(({ value }) => Number.isFinite(value) && value > 0)
  return html`<text class="${tone}" y="14">${label}</text><text class="value ${tone}" x="100%" y="14" text-anchor="end">${text}</text><rect class="track" y="${BAR_TOP}" width="100%" height="${BAR_HEIGHT}" rx="2"/>${drawn.map(
    ({ value, colour = 'var(--accent)', name }) => {
      const part = html`<rect x="${share(start)}" y="${BAR_TOP}" width="${share(value)}" height="${BAR_HEIGHT}" style="fill:${colour}">${
        name && html`<title>${name}</title>`
      }</rect>`
      start += value
      return part
    },
  )}`
}

function total({ parts }: Bar): number {
  return parts.reduce(
    (sum, { value }) => sum + (Number.isFinite(value) ? Math.max(0, value) : 0),
    0,
  )
}

/** Bars coloured by position, for a chart whose rows are the series themselves. */
export function colouredBars(rows: readonly Omit<Bar & { value: number }, 'parts'>[]): Bar[] {
  return rows.map(({ value, ...bar }, i) => ({
    ...bar,
    parts: [{ value, colour: seriesColour(i) }],
  }))
}
