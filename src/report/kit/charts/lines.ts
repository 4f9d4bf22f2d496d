import { area, curveLinear, curveStepAfter, line } from 'd3-shape'
import { compact } from '../format.js'
import { type Html, html } from '../html.js'
import { type Axes, type Axis, axes } from './axes.js'
import type { Hint } from './hints.js'
import { type ChartText, canvas, WIDE } from './svg.js'

export type Point = readonly [x: number, y: number]

export interface LineSeries {
  readonly name: string
  readonly points: readonly Point[]
  readonly colour: string
  /** A step holds each value until the next x, as a staircase does. */
  readonly curve?: 'linear' | 'step' | undefined
  /** The area between the line and 0 is filled. */
  readonly fill?: 'below' | undefined
  /** An `outlined` line stands out from the lines that it crosses. */
  readonly stroke?: 'solid' | 'dashed' | 'outlined' | 'none' | undefined
  /** Low and high values around the line, e.g. a confidence interval. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[] | undefined
  /** Dots on the points, which show their values when a reader points at them. */
  readonly dots?: 'shown' | undefined
}

/** A value to compare with: a dashed line across the chart, with a label. */
export interface Reference {
  readonly axis: 'x' | 'y'
  readonly value: number
  readonly label: string
}

export interface LineChartContent extends ChartText {
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly LineSeries[]
  readonly references?: readonly Reference[] | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
}

/**
 * Lines or steps over two numeric axes, with bands and reference lines. A line is
 * interrupted where a point is not finite.
 */
export function lineChart(content: LineChartContent): Html {
  const { width = WIDE, height = 300, x, y, series, references = [] } = content
  const points = series.flatMap((s) => s.points)
  const bands = series.flatMap((s) => s.band ?? [])
  const of = (axis: 'x' | 'y'): number[] =>
    references.filter((r) => r.axis === axis).map((r) => r.value)
  const frame = axes({
    width,
    height,
    x,
    y,
    xs: [...points.map((p) => p[0]), ...of('x')],
    ys: [...points.map((p) => p[1]), ...bands.flatMap((b) => [b[1], b[2]]), ...of('y')],
  })
  const body = html`${frame.drawing}${series.map((s) => drawSeries(s, frame))}${references.map(
    (r) => drawReference(r, frame),
  )}`
  const hints = series.flatMap((s) => (s.dots ? dotHints(s, frame) : []))
  return canvas({ ...content, width, height, body, hints })
}

/** The radius of a dot in px, and how far away from it the pointer may be. */
const DOT = 3.5
const REACH = 8

function dotHints({ name, points }: LineSeries, { x, y }: Axes): Hint[] {
  return points.filter(isFinitePoint).map(([px, py]) => ({
    text: `${name}: ${compact(px)}, ${compact(py)}`,
    left: x(px) - REACH,
    top: y(py) - REACH,
    width: 2 * REACH,
    height: 2 * REACH,
  }))
}

function isFinitePoint(point: Point): boolean {
  return point.every(Number.isFinite)
}

function drawSeries(series: LineSeries, { x, y, bottom }: Axes): Html {
  const { points, colour, curve, fill, stroke = 'solid', band = [], dots } = series
  const shape = curve === 'step' ? curveStepAfter : curveLinear
  const path = line<Point>(
    (p) => x(p[0]),
    (p) => y(p[1]),
  )
    .defined(isFinitePoint)
    .curve(shape)
    .digits(1)(points)
  const below = area<Point>(
    (p) => x(p[0]),
    bottom,
    (p) => y(p[1]),
  )
    .defined(isFinitePoint)
    .curve(shape)
    .digits(1)(points)
  const between = area<readonly [number, number, number]>(
    (b) => x(b[0]),
    (b) => y(b[1]),
    (b) => y(b[2]),
  )
    .defined((b) => b.every(Number.isFinite))
    .curve(shape)
    .digits(1)(band)
  const stroked = (hue: string, width: number): Html =>
    html`<path d="${path}" fill="none" style="stroke:${hue}" stroke-width="${width}" stroke-linejoin="round"${
      stroke === 'dashed' && html` stroke-dasharray="6 4"`
    }/>`
  return html`${band.length > 0 && html`<path d="${between}" style="fill:${colour}" opacity=".18"/>`}${
    fill &&
    html`<path d="${below}" style="fill:${colour}" opacity="${stroke === 'none' ? 0.75 : 0.28}"/>`
  }${stroke === 'outlined' && stroked('var(--page)', 4.5)}${stroke !== 'none' && stroked(colour, 2)}${
    dots &&
    points
      .filter(isFinitePoint)
      .map(
        ([px, py]) => html`<circle cx="${x(px)}" cy="${y(py)}" r="${DOT}" style="fill:${colour}"/>`,
      )
  }`
}

function drawReference(
  { axis, value, label }: Reference,
  { x, y, left, right, top, bottom }: Axes,
): Html {
  return axis === 'y'
    ? html`<line class="reference" x1="${left}" x2="${right}" y1="${y(value)}" y2="${y(value)}"/><text class="label" x="${right}" y="${y(value) - 5}" text-anchor="end">${label}</text>`
    : html`<line class="reference" x1="${x(value)}" x2="${x(value)}" y1="${top}" y2="${bottom}"/><text class="label" x="${x(value) + 5}" y="${top + 10}">${label}</text>`
}
