import { scaleLinear } from 'd3-scale'
import { type Html, html } from '../html.js'
import { tickTexts } from './axes.js'
import { type ChartText, canvas, textWidth, WIDE } from './svg.js'

export interface GanttSpan {
  readonly start: number
  readonly end: number
  readonly colour: string
  /** Drawn inside where it fits, and shown while the pointer rests on the span. */
  readonly name?: string | undefined
}

export interface GanttRow {
  readonly label: string
  /** In any order; spans that overlap share the height of the row. */
  readonly spans: readonly GanttSpan[]
}

export interface GanttContent extends ChartText {
  readonly rows: readonly GanttRow[]
  /** What runs to the right and its unit: `time, ms`. */
  readonly xLabel: string
  readonly from: number
  readonly to: number
  readonly width?: number | undefined
  readonly rowHeight?: number | undefined
}

/** Who holds what, when: one row per place, one bar per span. For up to some thousands of spans. */
export function gantt(content: GanttContent): Html {
  const { rows, xLabel, from, to, width = WIDE, rowHeight = 26 } = content
  const frame = rowsFrame({ labels: rows.map((r) => r.label), xLabel, from, to, width, rowHeight })
  const body = html`${frame.drawing}${rows.map((row, i) => drawRow(row, frame.rowTop(i), rowHeight - 4, frame))}`
  return canvas({ ...content, width, height: frame.height, body })
}

function drawRow(row: GanttRow, top: number, height: number, frame: RowsFrame): Html[] {
  const visible = row.spans.filter((span) => span.end > frame.from && span.start < frame.to)
  const { lanes, count } = lanesOf(visible)
  const laneHeight = height / count
  return visible.map((span, i) => {
    const left = frame.x(Math.max(span.start, frame.from))
    const width = Math.max(0.5, frame.x(Math.min(span.end, frame.to)) - left)
    const y = top + lanes[i] * laneHeight
    const label = span.name && laneHeight >= 14 && width > textWidth(span.name) + 10
    return html`<rect x="${left}" y="${y}" width="${width}" height="${laneHeight - 1}" rx="1.5" style="fill:${span.colour}">${
      span.name && html`<title>${span.name}</title>`
    }</rect>${label && html`<text x="${left + 5}" y="${y + laneHeight / 2 + 4}" style="fill:var(--page)">${span.name}</text>`}`
  })
}

/** The lane of each span such that none overlap within a lane, and how many lanes that takes. */
export function lanesOf(spans: readonly { readonly start: number; readonly end: number }[]): {
  readonly lanes: readonly number[]
  readonly count: number
} {
  const order = spans.map((_, i) => i).sort((a, b) => spans[a].start - spans[b].start || a - b)
  const ends: number[] = []
  const lanes: number[] = new Array(spans.length).fill(0)
  for (const i of order) {
    const free = ends.findIndex((end) => end <= spans[i].start)
    lanes[i] = free >= 0 ? free : ends.length
    ends[lanes[i]] = spans[i].end
  }
  return { lanes, count: Math.max(1, ends.length) }
}

export interface RowsFrame {
  readonly from: number
  readonly to: number
  readonly left: number
  readonly right: number
  readonly height: number
  x(value: number): number
  rowTop(index: number): number
  readonly drawing: Html
}

export interface RowsContent {
  readonly labels: readonly string[]
  readonly xLabel: string
  readonly from: number
  readonly to: number
  readonly width: number
  readonly rowHeight: number
  /** What the labels name, above them. */
  readonly yLabel?: string | undefined
}

/** Labelled rows over one numeric axis: the frame of timelines. */
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
  const top = yLabel === undefined ? 4 : 24
  const bottom = top + labels.length * rowHeight + 2
  const scale = scaleLinear().domain([from, to]).range([left, right])
  const rowTop = (index: number): number => top + index * rowHeight
  const ticks = scale.ticks(10)
  const texts = tickTexts(ticks)
  const drawing = html`${yLabel && html`<text x="0" y="12">${yLabel}</text>`}${ticks.map(
    (tick, i) =>
      html`<line class="grid" x1="${scale(tick)}" x2="${scale(tick)}" y1="${top}" y2="${bottom}"/><text x="${scale(tick)}" y="${bottom + 18}" text-anchor="middle">${texts[i]}</text>`,
  )}${labels.map(
    (label, i) =>
      html`<rect class="track" x="${left}" y="${rowTop(i) + 1}" width="${right - left}" height="${rowHeight - 4}" opacity=".6"/><text x="${left - 8}" y="${rowTop(i) + rowHeight / 2 + 3}" text-anchor="end">${label}</text>`,
  )}<text x="${right}" y="${bottom + 36}" text-anchor="end">${xLabel}</text>`
  return { from, to, left, right, height: bottom + 42, x: scale, rowTop, drawing }
}
