import { type Html, html } from '../html.js'
import { type Axis, axes } from './axes.js'
import { type ChartText, canvas, PANEL } from './svg.js'

export interface ScatterPoint {
  readonly x: number
  readonly y: number
  readonly colour: string
  /** Shown while the pointer rests on the point. */
  readonly name: string
}

export interface ScatterContent extends ChartText {
  readonly x: Axis
  readonly y: Axis
  readonly points: readonly ScatterPoint[]
  /** The line y = x, with a corridor of this relative error either side, e.g. 0.1. */
  readonly diagonal?: { readonly corridor: number } | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
}

/** Points over two axes, e.g. predicted against measured. Points that are not finite are left out. */
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
  const { x, y } = frame
  const [low, high] = [0, 1].map((end) => domainEnd(both, end))
  const along = (slope: number): string =>
    `M${x(low)} ${y(low * slope)}L${x(high / Math.max(1, slope))} ${y(high * Math.min(1, slope))}`
  const corridor = (share: number): string => {
    const [up, down] = [1 + share, 1 - share]
    return `M${x(low)} ${y(low)}L${x(high / up)} ${y(high)}L${x(high)} ${y(high)}L${x(high)} ${y(high * down)}Z`
  }
  const body = html`${frame.drawing}${
    diagonal &&
    points.length > 0 &&
    html`<path d="${corridor(diagonal.corridor)}" style="fill:var(--ink)" opacity=".07"/><path class="reference" d="${along(1)}"/>`
  }${points.map(
    (p) =>
      html`<circle cx="${x(p.x)}" cy="${y(p.y)}" r="4" style="fill:${p.colour}" fill-opacity=".75"><title>${p.name}</title></circle>`,
  )}`
  return canvas({ ...content, width, height, body })
}

function domainEnd(values: readonly number[], end: number): number {
  const positive = values.filter((value) => value > 0)
  return positive.reduce(
    (a, b) => (end === 0 ? Math.min(a, b) : Math.max(a, b)),
    end === 0 ? Number.POSITIVE_INFINITY : 0,
  )
}
