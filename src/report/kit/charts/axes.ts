import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale'
import { compact, fixed } from '../format.js'
import { type Html, html } from '../html.js'
import { textWidth } from './text-width.js'

export interface Axis {
  /** What is measured and its unit: `right-size, SMs`. */
  readonly label: string
  /** The ends of the axis; taken from the data if left out. */
  readonly domain?: readonly [number, number] | undefined
  readonly kind?: 'linear' | 'log' | undefined
  /** The positions of the ticks; chosen automatically if left out. */
  readonly ticks?: readonly number[] | undefined
  readonly format?: ((value: number) => string) | undefined
}

/** The drawing area of a chart, with its scales and axes. */
export interface Axes {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  /** The values at the ends of each axis. */
  readonly domain: Readonly<Record<'x' | 'y', readonly [number, number]>>
  x(value: number): number
  y(value: number): number
  readonly drawing: Html
}

export interface AxesContent {
  readonly width: number
  readonly height: number
  readonly x: Axis
  readonly y: Axis
  /** Values that must lie within the axes. */
  readonly xs: readonly number[]
  readonly ys: readonly number[]
}

/** Scales, gridlines and labels of a chart with two numeric axes. */
export function axes({ width, height, x, y, xs, ys }: AxesContent): Axes {
  const [top, bottom] = [26, height - 40]
  const yScale = scaleOf(y, ys).range([bottom, top])
  const yTicks = y.ticks ?? ticksOf(y, yScale, Math.max(2, Math.round((bottom - top) / 44)))
  const yText = textsOf(y, yTicks)
  const left = 10 + Math.max(...yText.map(textWidth), 10)
  const right = width - 16
  const xScale = scaleOf(x, xs).range([left, right])
  const xTicks = x.ticks ?? spacedTicks(x, xScale, Math.max(2, Math.round((right - left) / 72)))
  const xText = textsOf(x, xTicks)
  const drawing = html`${yTicks.map(
    (tick, i) =>
      html`<line class="grid" x1="${left}" x2="${right}" y1="${yScale(tick)}" y2="${yScale(tick)}"/><text x="${left - 7}" y="${yScale(tick) + 4}" text-anchor="end">${yText[i]}</text>`,
  )}<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>${xTicks.map(
    (tick, i) =>
      html`<line class="axis" x1="${xScale(tick)}" x2="${xScale(tick)}" y1="${bottom}" y2="${bottom + 4}"/><text x="${inside(xScale(tick), xText[i], width)}" y="${bottom + 17}" text-anchor="middle">${xText[i]}</text>`,
  )}<text x="0" y="12">${y.label}</text><text x="${right}" y="${height - 4}" text-anchor="end">${x.label}</text>`
  return {
    left,
    right,
    top,
    bottom,
    domain: { x: endsOf(xScale), y: endsOf(yScale) },
    x: xScale,
    y: yScale,
    drawing,
  }
}

/** The middle of a text, moved so that the text stays inside a chart of this `width`. */
function inside(middle: number, text: string, width: number): number {
  const half = textWidth(text) / 2
  return Math.max(half, Math.min(width - half, middle))
}

type Scale = ScaleContinuousNumeric<number, number>

function endsOf(scale: Scale): [number, number] {
  const [low, high] = scale.domain()
  return [low, high]
}

function scaleOf(axis: Axis, values: readonly number[]): Scale {
  if (axis.domain) return emptyScale(axis).domain(axis.domain)
  const usable = values.filter((v) => Number.isFinite(v) && (axis.kind !== 'log' || v > 0))
  const low = usable.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = usable.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (usable.length === 0) return emptyScale(axis).domain(axis.kind === 'log' ? [1, 10] : [0, 1])
  if (axis.kind === 'log') return emptyScale(axis).domain([low / LOG_MARGIN, high * LOG_MARGIN])
  return emptyScale(axis)
    .domain(low >= 0 ? [0, high || 1] : [low, Math.max(0, high)])
    .nice()
}

/** The room around the data on a logarithmic axis, as a factor. */
const LOG_MARGIN = 1.25

function emptyScale(axis: Axis): Scale {
  return axis.kind === 'log' ? scaleLog() : scaleLinear()
}

/** The ticks of a scale. A logarithmic one has powers of ten, with 2 and 5 between them if there is room. */
function ticksOf(axis: Axis, scale: Scale, count: number): number[] {
  if (axis.kind !== 'log') return scale.ticks(count)
  const [low, high] = scale.domain()
  const steps = (digits: readonly number[]): number[] => {
    const from = Math.floor(Math.log10(low))
    const decades = Array.from(
      { length: Math.ceil(Math.log10(high)) - from + 1 },
      (_, i) => from + i,
    )
    const all = decades.flatMap((exponent) => digits.map((digit) => digit * 10 ** exponent))
    return all.filter((tick) => tick >= low && tick <= high)
  }
  const fine = steps([1, 2, 5])
  if (fine.length <= count + 1) return fine
  const coarse = steps([1])
  return coarse.filter((_, i) => i % Math.ceil(coarse.length / (count + 1)) === 0)
}

/** The room between the texts of two ticks of a horizontal axis, in px. */
const LEAST_SPACE = 8

/** The ticks of a horizontal scale: `count` of them, or fewer if their texts would run into each other. */
function spacedTicks(axis: Axis, scale: Scale, count: number): number[] {
  const ticks = ticksOf(axis, scale, count)
  const widths = textsOf(axis, ticks).map(textWidth)
  const isTight = ticks.some(
    (tick, i) =>
      i > 0 && scale(tick) - scale(ticks[i - 1]) < (widths[i - 1] + widths[i]) / 2 + LEAST_SPACE,
  )
  return isTight && count > 2 ? spacedTicks(axis, scale, count - 1) : ticks
}

function textsOf({ format }: Axis, ticks: readonly number[]): string[] {
  return format ? ticks.map(format) : tickTexts(ticks)
}

/** The texts of ticks, all with as many decimals as it takes to tell neighbours apart: `100.2`, `100.4`. */
export function tickTexts(ticks: readonly number[]): string[] {
  const steps = ticks.slice(1).map((tick, i) => Math.abs(tick - ticks[i]))
  const even = steps.every((step) => Math.abs(step - steps[0]) < steps[0] * 1e-6)
  if (steps.length === 0 || !even) return ticks.map(compact)
  const digits = Math.max(0, -Math.floor(Math.log10(steps[0]) + 1e-9))
  return ticks.map((tick) => (tick === 0 ? '0' : fixed(tick, digits)))
}
