import { scaleLinear } from 'd3-scale'
import { type Html, html } from '../html.js'
import { tickTexts } from './axes.js'
import { textWidth } from './text-width.js'

/** The drawing area of a timeline, with its scale, row labels and axis. */
export interface RowsFrame {
  readonly left: number
  readonly right: number
  readonly height: number
  /** The height of a row's bar. It leaves some space between rows. */
  readonly barHeight: number
  /** The upper edge of a row's bar. */
  rowTop(index: number): number
  readonly drawing: Html
}

/** What the frame of a timeline is drawn from. */
export interface RowsContent {
  readonly labels: readonly string[]
  readonly xLabel: string
  readonly from: number
  readonly to: number
  readonly width: number
  readonly rowHeight: number
  /** What the labels stand for, written above them. */
  readonly yLabel: string
}

/** The height of a label in px. If rows are lower than this, several share a label. */
const LABEL_HEIGHT = 15

/** Rows with labels over one numeric axis: the frame of a timeline. */
export function rowsFrame({
  labels,
  xLabel,
  from,
  to,
  width,
  rowHeight,
  yLabel,
}: RowsContent): RowsFrame {
  const left = 12 + Math.max(10, ...labels.map(textWidth))
  const right = width - 14
  const top = 24
  const bottom = top + labels.length * rowHeight + 2
  const scale = scaleLinear().domain([from, to]).range([left, right])
  const rowTop = (index: number): number => top + 1 + index * rowHeight
  const barHeight = rowHeight - Math.min(4, rowHeight / 5)
  const labelEvery = Math.ceil(LABEL_HEIGHT / rowHeight)
  const ticks = scale.ticks(10)
  const texts = tickTexts(ticks)
  const drawing = html`<text x="0" y="12">${yLabel}</text>${ticks.map(
    (tick, i) =>
      html`<line class="grid" x1="${scale(tick)}" x2="${scale(tick)}" y1="${top}" y2="${bottom}"/><text x="${scale(tick)}" y="${bottom + 18}" text-anchor="middle">${texts[i]}</text>`,
  )}${labels.map(
    (label, i) =>
      html`<rect class="track" x="${left}" y="${rowTop(i)}" width="${right - left}" height="${barHeight}" opacity=".6"/>${
        i % labelEvery === 0 &&
        html`<text x="${left - 8}" y="${rowTop(i) + barHeight / 2 + 4}" text-anchor="end">${label}</text>`
      }`,
  )}<text x="${right}" y="${bottom + 36}" text-anchor="end">${xLabel}</text>`
  return { left, right, height: bottom + 42, barHeight, rowTop, drawing }
}
