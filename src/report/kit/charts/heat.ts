import { type Html, html } from '../html.js'
import { type ChartText, canvas, WIDE } from './svg.js'
import { textWidth } from './text-width.js'

export interface HeatContent extends ChartText {
  readonly rowLabels: readonly string[]
  readonly columnLabels: readonly string[]
  /** By row, then by column. A value that is not finite leaves its cell empty. */
  readonly values: readonly (readonly number[])[]
  readonly format: (value: number) => string
  /** What the columns stand for. */
  readonly columnsName?: string | undefined
  /** The values of the palest and the strongest colour; taken from the data if left out. */
  readonly domain?: readonly [number, number] | undefined
  readonly width?: number | undefined
}

const ROW = 28
const HEAD = 36

/**
 * A strip or grid of cells. Larger values have a stronger colour, and each value is written in its cell if it fits.
 */
export function heatChart(content: HeatContent): Html {
  const { rowLabels, columnLabels, values, format, columnsName, width = WIDE } = content
  const flat = values.flat().filter(Number.isFinite)
  const [low, high] = content.domain ?? [Math.min(...flat), Math.max(...flat)]
  const left = 12 + Math.max(10, ...rowLabels.map(textWidth))
  const cell = (width - left - 2) / Math.max(1, columnLabels.length)
  const every = Math.ceil((Math.max(...columnLabels.map(textWidth), 1) + 8) / cell)
  const cells = values.flatMap((row, r) =>
    row.flatMap((value, c) => {
      if (!Number.isFinite(value)) return []
      const strength = high > low ? Math.round(6 + (82 * (value - low)) / (high - low)) : 30
      const place = { left: left + c * cell, top: HEAD + r * ROW }
      return [
        { ...place, text: format(value), name: `${rowLabels[r]}, ${columnLabels[c]}`, strength },
      ]
    }),
  )
  const size = { width: Math.max(1, cell - 2), height: ROW - 2 }
  const body = html`${columnsName && html`<text x="${left}" y="12">${columnsName}</text>`}${columnLabels.map(
    (label, c) =>
      c % every === 0 &&
      html`<text x="${left + (c + 0.5) * cell}" y="${HEAD - 6}" text-anchor="middle">${label}</text>`,
  )}${rowLabels.map(
    (label, r) =>
      html`<text x="${left - 8}" y="${HEAD + r * ROW + ROW / 2 + 4}" text-anchor="end">${label}</text>`,
  )}${cells.map(
    ({ left: x, top: y, text, strength }) =>
      html`<rect x="${x}" y="${y}" width="${size.width}" height="${size.height}" rx="2" style="fill:color-mix(in oklab,var(--heat) ${`${strength}`}%,var(--page))"/>${
        textWidth(text) + 6 < cell &&
        html`<text x="${x + cell / 2 - 1}" y="${y + ROW / 2 + 3}" text-anchor="middle" style="fill:var(--ink)">${text}</text>`
      }`,
  )}`
  const hints = cells.map(({ left: x, top, name, text }) => ({
    text: `${name}: ${text}`,
    left: x,
    top,
    ...size,
  }))
  return canvas({ ...content, width, height: HEAD + rowLabels.length * ROW + 4, body, hints })
}
