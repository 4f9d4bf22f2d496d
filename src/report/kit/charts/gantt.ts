import { type Html, html } from '../html.js'
import { type RowsFrame, rowsFrame } from './rows.js'
import { type ChartText, canvas, WIDE } from './svg.js'
import { textWidth } from './text-width.js'

export interface GanttSpan {
  readonly start: number
  readonly end: number
  readonly colour: string
  /** Drawn inside where it fits; what the span says when it is pointed at. */
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
  const boxes = rows.flatMap((row, i) => rowBoxes(row, frame.rowTop(i), frame))
  const body = html`${frame.drawing}${boxes.map(drawBox)}`
  const hints = boxes.flatMap(({ name, ...box }) => (name ? [{ ...box, text: name }] : []))
  return canvas({ ...content, width, height: frame.height, body, hints })
}

/** A span in px of the chart. */
interface Box extends Pick<GanttSpan, 'name' | 'colour'> {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

function rowBoxes(row: GanttRow, top: number, frame: RowsFrame): Box[] {
  const visible = row.spans.filter((span) => span.end > frame.from && span.start < frame.to)
  const { lanes, count } = lanesOf(visible)
  const laneHeight = frame.barHeight / count
  return visible.map(({ start, end, name, colour }, i) => {
    const left = frame.x(Math.max(start, frame.from))
    const width = Math.max(0.5, frame.x(Math.min(end, frame.to)) - left)
    return { name, colour, left, top: top + lanes[i] * laneHeight, width, height: laneHeight - 1 }
  })
}

function drawBox({ left, top, width, height, name, colour }: Box): Html {
  const isLabelled = name && height >= 13 && width > textWidth(name) + 10
  return html`<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="1.5" style="fill:${colour}"/>${
    isLabelled &&
    html`<text x="${left + 5}" y="${top + height / 2 + 4}" style="fill:var(--page)">${name}</text>`
  }`
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
