import { scaleLinear, scaleLog } from 'd3-scale'
import { significant } from '../format.js'
import { type Html, html } from '../html.js'
import { textWidth } from './svg.js'

export interface Axis {
  /** What is measured and its unit: `right-size, SMs`. */
  readonly label: string
  /** From and to; taken from the data without it. */
  readonly domain?: readonly [number, number] | undefined
  readonly kind?: 'linear' | 'log' | undefined
  /** Where the ticks stand; chosen without it. */
  readonly ticks?: readonly number[] | undefined
  readonly format?: ((value: number) => string) | undefined
}

/** The drawing area of a chart, with its scales and axes. */
export interface Axes {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  x(value: number): number
  y(value: number): number
  readonly drawing: Html
}

export interface AxesContent {
  readonly width: number
  readonly height: number
  readonly x: Axis
  readonly y: Axis
  /** Values the axes must hold. */
  readonly xs: readonly number[]
  readonly ys: readonly number[]
}

interface Scale {
  (value: number): number
  ticks(count?: number): number[]
}

/** Scales, gridlines and labels of a chart with two numeric axes. */
export function axes({ width, height, x, y, xs, ys }: AxesContent): Axes {
  const [top, bottom] = [26, height - 40]
  const yScale = scaleOf(y, ys, bottom, top)
  const yTicks = y.ticks ?? ticksOf(y, yScale, Math.max(2, Math.round((bottom - top) / 44)))
  const yText = yTicks.map(y.format ?? tickText)
  const left = 10 + Math.max(...yText.map(textWidth), 10)
  const right = width - 14
  const xScale = scaleOf(x, xs, left, right)
  const xTicks = x.ticks ?? ticksOf(x, xScale, Math.max(2, Math.round((right - left) / 90)))
  const xFormat = x.format ?? tickText
  const drawing = html`${yTicks.map(
    (tick, i) =>
      html`<line class="grid" x1="${left}" x2="${right}" y1="${yScale(tick)}" y2="${yScale(tick)}"/><text x="${left - 7}" y="${yScale(tick) + 4}" text-anchor="end">${yText[i]}</text>`,
  )}<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>${xTicks.map(
    (tick) =>
      html`<line class="axis" x1="${xScale(tick)}" x2="${xScale(tick)}" y1="${bottom}" y2="${bottom + 4}"/><text x="${xScale(tick)}" y="${bottom + 17}" text-anchor="middle">${xFormat(tick)}</text>`,
  )}<text x="0" y="12">${y.label}</text><text x="${right}" y="${height - 4}" text-anchor="end">${x.label}</text>`
  return { left, right, top, bottom, x: xScale, y: yScale, drawing }
}

function scaleOf(axis: Axis, values: readonly number[], from: number, to: number): Scale {
  const scale = axis.kind === 'log' ? scaleLog() : scaleLinear()
  scale.range([from, to]).domain(axis.domain ?? extent(axis, values))
  return axis.domain ? scale : scale.nice()
}

function extent(axis: Axis, values: readonly number[]): [number, number] {
  const usable = values.filter((v) => Number.isFinite(v) && (axis.kind !== 'log' || v > 0))
  if (usable.length === 0) return axis.kind === 'log' ? [1, 10] : [0, 1]
  const high = usable.reduce((a, b) => Math.max(a, b))
  const low = usable.reduce((a, b) => Math.min(a, b))
  if (axis.kind === 'log') return low < high ? [low, high] : [low / 2, high * 2]
  return low >= 0 ? [0, high || 1] : [low, Math.max(0, high)]
}

function ticksOf(axis: Axis, scale: Scale, count: number): number[] {
  const ticks = scale.ticks(count)
  if (axis.kind !== 'log' || ticks.length <= count + 2) return ticks
  return ticks.filter((tick) => /^[125]/.test(tick.toExponential()))
}

/** A tick as it is read: `0`, `250`, `0.25`, `1 500`. */
export function tickText(value: number): string {
  if (value === 0) return '0'
  const text = significant(value)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
