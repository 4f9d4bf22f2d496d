import { type Html, html } from '../html.js'
import { type Axes, type Axis, axes } from './axes.js'
import { type ChartText, canvas, PANEL } from './svg.js'

export interface ScatterPoint {
  readonly x: number
  readonly y: number
  readonly colour: string
  /** What the point says when a reader points at it. */
  readonly name: string
}

export interface ScatterContent extends ChartText {
  readonly x: Axis
  readonly y: Axis
  readonly points: readonly ScatterPoint[]
  /** The line y = x with a corridor of this relative error, e.g. 0.1. Both axes must then be of one kind. */
  readonly diagonal?: { readonly corridor: number } | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
}

/** Radius of a point, in px. */
const DOT = 4

/** Points over two axes, e.g. predicted against measured. A point that is not finite is left out. */
export function scatterChart(content: ScatterContent): Html {
  const { width = PANEL, height = 340, diagonal } = content
  const points = content.points.filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y))
  const [xs, ys] = [points.map((p) => p.x), points.map((p) => p.y)]
  const both = [...xs, ...ys]
  const frame = axes({
    width,
    height,
    x: content.x,
    y: content.y,
    xs: diagonal ? both : xs,
    ys: diagonal ? both : ys,
  })
  const { x, y, drawing } = frame
  const body = html`${drawing}${diagonal && drawDiagonal(frame, diagonal.corridor)}${points.map(
    (p) =>
      html`<circle cx="${x(p.x)}" cy="${y(p.y)}" r="${DOT}" style="fill:${p.colour}" fill-opacity=".75"/>`,
  )}`
  const hints = points.map((p) => ({
    text: p.name,
    left: x(p.x) - DOT,
    top: y(p.y) - DOT,
    width: 2 * DOT,
    height: 2 * DOT,
  }))
  return canvas({ ...content, width, height, body, hints })
}

/** The line y = x across the area, and the corridor of a relative error around it. */
function drawDiagonal({ x, y, domain }: Axes, error: number): Html {
  const [low, high] = domain.x
  const [up, down] = [1 + error, 1 - error]
  const corners: readonly (readonly [number, number])[] = [
    [low, low],
    [low, low * up],
    [high / up, high],
    [high, high],
    [high, high * down],
    [low / down, low],
  ]
  const corridor = corners.map(([px, py]) => html`${x(px)},${y(py)} `)
  return html`<polygon points="${corridor}" style="fill:var(--ink)" opacity=".07"/><line class="reference" x1="${x(low)}" y1="${y(low)}" x2="${x(high)}" y2="${y(high)}"/>`
}
