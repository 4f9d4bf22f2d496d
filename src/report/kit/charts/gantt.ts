import { type Html, html } from '../html.js'
import { type RowsFrame, rowsFrame } from './rows.js'
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
  const body = html`${frame.drawing}${rows.map((row, i) => drawRow(row, frame.rowTop(i), frame))}`
  return canvas({ ...content, width, height: frame.height, body })
}

function drawRow(row: GanttRow, top: number, frame: RowsFrame): Html[] {
  const visible = row.spans.filter((span) => span.end > frame.from && span.start < frame.to)
  const { lanes, count } = lanesOf(visible)
  const laneHeight = frame.barHeight / count
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
