import type { PartitionableGpu } from '../../../mig/gpu.js'
import type { Layout, Placement } from '../../../mig/layout.js'
import { type Html, html } from '../../kit/html.js'

const SLICE = 84
const ROW = 42
const LEFT = 56
const TOP = 24
/** In a page the colour of the page's text, which fits its theme; a picture alone is seen on white. */
const FAINT = 'fill:var(--soft,#4c5563)'

/**
 * Colours by number of compute slices, on which dark text can be read in either theme. The text gets its colour
 * from `style`, because a page's own rules for text in charts do not override that.
 */
const FILL: Readonly<Record<number, string>> = {
  1: '#dbe6ff',
  2: '#bcd2ff',
  3: '#9fd8c5',
  4: '#f6cf9c',
  7: '#e3b6d6',
  8: '#e3b6d6',
}

/** The layouts drawn to the scale of memory slices, one row for each GPU. */
export function layoutPicture(gpu: PartitionableGpu, layouts: readonly Layout[]): Html {
  const width = LEFT + gpu.memorySlices * SLICE + 2
  const height = TOP + layouts.length * ROW + 4
  const heads = Array.from({ length: gpu.memorySlices }, (_, slice) => slice)
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="max-width:100%;min-width:520px;height:auto" role="img" font-family="system-ui,sans-serif" font-size="12"><title>Layout of ${layouts.length} ${gpu.title}</title><desc>One row per GPU, one column per memory slice; each box is one partition.</desc>${heads.map(
    (slice) =>
      html`<text x="${LEFT + (slice + 0.5) * SLICE}" y="14" text-anchor="middle" style="${FAINT}">${slice}</text>`,
  )}${layouts.map((layout, row) => drawGpu(gpu, layout, row))}</svg>`
}

function drawGpu(gpu: PartitionableGpu, layout: Layout, row: number): Html {
  const y = TOP + row * ROW
  return html`<text x="0" y="${y + 23}" style="${FAINT}">GPU ${`${row}`}</text><rect x="${LEFT}" y="${y}" width="${gpu.memorySlices * SLICE}" height="${ROW - 6}" rx="3" fill="none" stroke="#9aa4b2" stroke-dasharray="3 3"/>${layout.map((placement) => drawPlacement(placement, y))}`
}

function drawPlacement({ profile, start }: Placement, y: number): Html {
  const x = LEFT + start * SLICE
  const width = profile.memorySlices * SLICE
  const fill = FILL[profile.computeSlices] ?? FILL[8]
  return html`<rect x="${x + 1}" y="${y + 1}" width="${width - 2}" height="${ROW - 8}" rx="3" fill="${fill}" stroke="#5b6675"/><text x="${x + width / 2}" y="${y + 16}" text-anchor="middle" style="fill:#161a20" font-weight="600">${profile.name}</text><text x="${x + width / 2}" y="${y + 30}" text-anchor="middle" style="fill:#3d4653;font-size:11px">${`${profile.cus}`} CUs</text>`
}

/** The same for a terminal: `GPU 0 |3g.71gb            |2g.35gb  |1g.18gb |` */
export function layoutText(gpu: PartitionableGpu, layouts: readonly Layout[]): string {
  const slice = Math.max(
    ...gpu.profiles.map(({ name, memorySlices }) => (name.length + 2) / memorySlices),
  )
  return layouts
    .map((layout, index) => {
      let line = ''
      let at = 0
      for (const { profile, start } of layout) {
        line += ' '.repeat(Math.round((start - at) * slice))
        const width = Math.round(profile.memorySlices * slice) - 1
        line += `|${profile.name.padEnd(width)}`
        at = start + profile.memorySlices
      }
      return `GPU ${index} ${line}|`
    })
    .join('\n')
}
