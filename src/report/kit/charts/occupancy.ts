import { mean, sum } from '../../../numbers.js'
import { percent } from '../format.js'
import { type Html, html } from '../html.js'
import { rowsFrame } from './rows.js'
import { type ChartText, canvas, WIDE } from './svg.js'

/** A span of time in which one series holds one or more rows. */
export interface Holding {
  readonly start: number
  readonly end: number
  readonly series: number
  readonly rows: readonly number[]
}

export interface OccupancyContent extends ChartText {
  readonly rowLabels: readonly string[]
  readonly rowsName: string
  readonly series: readonly { readonly name: string; readonly colour: string }[]
  readonly holdings: readonly Holding[]
  readonly xLabel: string
  readonly from: number
  readonly to: number
  readonly width?: number | undefined
}

/** The height of a row in px, and the most that all rows together should take. */
const ROW = 22
const TALLEST = 480
const LOWEST_ROW = 8
/** Time steps across the picture, about 1.1 px each, so that the picture of a long run stays a small file. */
const STEPS = 860
/** Heights are rounded to these fractions of a row, so that equal neighbours can be merged. */
const LEVELS = 12

/**
 * Who holds each row at each time. The holders of a row share its height in proportion to the time for
 * which each of them held it, and the rest stays empty. The chart is drawn in time steps, so its size does
 * not grow with the number of holdings.
 */
export function occupancyChart(content: OccupancyContent): Html {
  const { rowLabels, rowsName, series, xLabel, from, to, width = WIDE } = content
  const rowHeight = Math.max(LOWEST_ROW, Math.min(ROW, TALLEST / rowLabels.length))
  const frame = rowsFrame({
    labels: rowLabels,
    yLabel: rowsName,
    xLabel,
    from,
    to,
    width,
    rowHeight,
  })
  const held = heldShares(content)
  const step = ((frame.right - frame.left) / STEPS).toFixed(5)
  const level = (frame.barHeight / LEVELS).toFixed(5)
  const body = html`${frame.drawing}${rowLabels.map((_, row) => {
    const shares = held.slice(row * series.length, (row + 1) * series.length)
    const paths = stackedPaths(shares)
    return html`<g transform="translate(${frame.left} ${frame.rowTop(row)}) scale(${step} ${level})">${series.map(
      ({ colour }, s) => paths[s] !== '' && html`<path d="${paths[s]}" style="fill:${colour}"/>`,
    )}</g>`
  })}`
  const hints = rowLabels.map((label, row) => ({
    text: `${rowsName} ${label}: ${holdersText(series, held.slice(row * series.length))}`,
    left: frame.left,
    top: frame.rowTop(row),
    width: frame.right - frame.left,
    height: frame.barHeight,
  }))
  return canvas({ ...content, width, height: frame.height, body, hints })
}

/** Who holds a row for which share of the time: `held by a 50% of this time, by b 20%`. */
function holdersText(series: OccupancyContent['series'], shares: readonly Float64Array[]): string {
  const holders = series.flatMap(({ name }, s) => {
    const share = mean([...shares[s]])
    return share > 0 ? [`by ${name} ${percent(share)}`] : []
  })
  if (holders.length === 0) return 'idle'
  return `held ${[`${holders[0]} of this time`, ...holders.slice(1)].join(', ')}`
}

/** For each row and series, the share of each time step in which the series held the row, 0 to 1. */
function heldShares({ rowLabels, series, holdings, from, to }: OccupancyContent): Float64Array[] {
  const shares = Array.from(
    { length: rowLabels.length * series.length },
    () => new Float64Array(STEPS),
  )
  const scale = STEPS / (to - from)
  for (const holding of holdings) {
    const start = Math.max(0, (holding.start - from) * scale)
    const end = Math.min(STEPS, (holding.end - from) * scale)
    for (let step = Math.floor(start); step < end; step++) {
      const overlap = Math.min(end, step + 1) - Math.max(start, step)
      for (const row of holding.rows) shares[row * series.length + holding.series][step] += overlap
    }
  }
  return shares
}

/** One path for each series. In each step the series share the height, and equal neighbours are merged. */
function stackedPaths(shares: readonly Float64Array[]): string[] {
  const paths = shares.map(() => '')
  const runs = shares.map(() => ({ start: 0, top: 0, height: 0 }))
  const flush = (series: number, end: number): void => {
    const { start, top, height } = runs[series]
    if (height > 0) paths[series] += `M${start} ${top}h${end - start}v${height}h${start - end}z`
  }
  for (let step = 0; step < STEPS; step++) {
    const total = Math.max(1, sum(shares.map((share) => Math.min(1, share[step]))))
    let held = 0
    for (let s = 0; s < shares.length; s++) {
      const top = Math.round((held / total) * LEVELS)
      held += Math.min(1, shares[s][step])
      const height = Math.round((held / total) * LEVELS) - top
      if (top === runs[s].top && height === runs[s].height) continue
      flush(s, step)
      runs[s] = { start: step, top, height }
    }
  }
  for (let s = 0; s < shares.length; s++) flush(s, STEPS)
  return paths
}
