import { sum } from '../../../numbers.js'
import { type Content, type Html, html } from '../html.js'
import { withHints } from './hints.js'
import type { ChartText } from './svg.js'

export interface BarPart {
  readonly value: number
  /** CSS colour; the accent colour if left out. */
  readonly colour?: string | undefined
  /** What the part says when a reader points at it. */
  readonly name?: string | undefined
}

export interface Bar {
  readonly label: string
  /** The value as readers see it at the right end of the row, e.g. `1.48`. */
  readonly text: string
  /** One part, or several stacked ones. A value that is not finite draws nothing. */
  readonly parts: readonly BarPart[]
  readonly emphasis?: 'strong' | undefined
}

export interface BarsContent extends ChartText {
  readonly bars: readonly Bar[]
  /** The value at the full width; longer bars are cut off there. If left out, the longest bar sets it. */
  readonly max?: number | undefined
  /** A value to compare with, marked on every bar if it is finite. */
  readonly reference?: number | undefined
  /** A limit, as a dashed line across all bars if it is within the chart. */
  readonly limit?: number | undefined
  /** The height of a bar in px; 9 if left out. */
  readonly thickness?: number | undefined
}

/** Where a row's bar begins below its label, and the space between rows, in px. */
const BAR_TOP = 20
const GAP = 5

/** How values become lengths, and how thick bars are. */
interface Ruler {
  readonly full: number
  readonly thickness: number
  share(value: number): string
}

/** Horizontal bars from 0 that fill the width of their place. Each has its label and value above it. */
export function bars(content: BarsContent): Html {
  const { title, description, bars: rows, max, reference, limit, thickness = 9 } = content
  const full = max ?? Math.max(finite(reference), finite(limit), ...rows.map(total))
  const share = (value: number): string => `${((100 * value) / (full || 1)).toFixed(2)}%`
  const ruler = { full, thickness, share }
  const pitch = BAR_TOP + thickness + GAP
  const height = rows.length * pitch
  const row = (body: Content, i: number): Html =>
    html`<svg y="${i * pitch}" height="${pitch}" width="100%" overflow="visible">${body}</svg>`
  const chart = html`<svg class="bars" height="${height}" role="img" xmlns="http://www.w3.org/2000/svg"><title>${title}</title><desc>${description}</desc>${rows.map(
    (bar, i) => row([drawBar(bar, ruler), drawMark(reference, ruler)], i),
  )}${limit !== undefined && limit <= full && html`<line class="reference" x1="${share(limit)}" x2="${share(limit)}" y1="${BAR_TOP - 4}" y2="${height}"/>`}</svg>`
  const named = rows.flatMap(({ parts }) => parts.filter(({ name }) => name !== undefined))
  const layer = html`<svg class="hints bars" height="${height}" role="list" aria-label="Values of ${title}" xmlns="http://www.w3.org/2000/svg">${rows.map(
    (bar, i) => row(drawHints(bar, ruler), i),
  )}</svg>`
  return withHints(title, chart, named.length, layer)
}

/** The start and the end of each part of a bar. */
function extents({ parts }: Bar, full: number): { readonly start: number; readonly end: number }[] {
  let end = 0
  return parts.map(({ value }) => {
    const start = end
    end = Math.min(full, start + Math.max(0, finite(value)))
    return { start, end }
  })
}

function drawBar(bar: Bar, { full, thickness, share }: Ruler): Html {
  const { label, text, parts, emphasis = '' } = bar
  const boxes = extents(bar, full).map(
    ({ start, end }, i) =>
      html`<rect x="${share(start)}" y="${BAR_TOP}" width="${share(end - start)}" height="${thickness}" style="fill:${parts[i].colour ?? 'var(--accent)'}"/>`,
  )
  return html`<text class="${emphasis}" y="14">${label}</text><text class="value ${emphasis}" x="100%" y="14" text-anchor="end">${text}</text><rect class="track" y="${BAR_TOP}" width="100%" height="${thickness}"/>${boxes}${total(bar) > full && cutOff(thickness)}`
}

/** The words of a bar's parts, between its label and its value. */
function drawHints(bar: Bar, { full, thickness, share }: Ruler): Content {
  return extents(bar, full).map(({ start, end }, i) => {
    const { name } = bar.parts[i]
    if (name === undefined) return undefined
    return html`<g role="listitem" tabindex="0"><rect x="${share(start)}" y="${BAR_TOP}" width="${share(end - start)}" height="${thickness}"/><text x="50%" y="14" text-anchor="middle">${name}</text></g>`
  })
}

function drawMark(value: number | undefined, { full, thickness, share }: Ruler): Html | undefined {
  if (value === undefined || !(value <= full)) return undefined
  return html`<line class="mark" x1="${share(value)}" x2="${share(value)}" y1="${BAR_TOP - 3}" y2="${BAR_TOP + thickness + 3}"/>`
}

/** Two slanted gaps near the end of a bar that is too long for its place. */
function cutOff(thickness: number): Html {
  const [top, bottom] = [BAR_TOP - 1, BAR_TOP + thickness + 1]
  return html`<svg x="100%" width="1" height="1" overflow="visible"><path d="M-16 ${bottom}L-12 ${top}M-10 ${bottom}L-6 ${top}" style="stroke:var(--page)" stroke-width="2.5"/></svg>`
}

function finite(value = 0): number {
  return Number.isFinite(value) ? value : 0
}

function total({ parts }: Bar): number {
  return sum(parts.map(({ value }) => Math.max(0, finite(value))))
}
