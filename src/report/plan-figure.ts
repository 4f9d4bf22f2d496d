import { type Device, totalCus } from '../device/device.js'
import { formatPartition } from '../device/partition.js'
import { cusOfEntry } from '../plan/build.js'
import {
  isPooled,
  kernelCount,
  type Plan,
  type PoolEntry,
  switchesPerRequest,
  type WorkerPlan,
} from '../plan/plan.js'
import { seriesColour } from './charts/colour.js'
import { canvas, textWidth, WIDE } from './charts/svg.js'
import { counted } from './format.js'
import { type Html, html } from './html.js'
import type { TableData } from './table-html.js'

/** CUs that a plan gives each kernel of a worker, in execution order. */
export function plannedCus(device: Device, plan: Plan, worker: WorkerPlan): number[] {
  return worker.groups.flatMap(({ kernels, partition }) =>
    new Array<number>(kernels).fill(cusOfEntry(device, plan.pool[partition])),
  )
}

const GAP = 16

/**
 * A plan as coloured kernel groups over granules: a band per worker, kernels of a request from left
 * to right, granules from top to bottom, stronger colour for higher priority. A partition that is
 * placed at dispatch has a size but no place: it is drawn from the bottom, hatched.
 */
export function planChart(device: Device, plan: Plan, policy: string): Html {
  const granules = device.granules.length
  const band = plan.workers.length > 8 ? 36 : 64
  const texts = plan.workers.map((worker) => [worker.name, groupsText(worker)])
  const left = 14 + Math.max(...texts.flat().map(textWidth), 60)
  const right = WIDE - 14
  const top = 4
  const priorities = plan.workers.flatMap(({ groups }) => groups.map(({ priority }) => priority))
  const topPriority = Math.max(...priorities)
  const bands = plan.workers.map((worker, w) => {
    const y = top + w * (band + GAP)
    const scaleX = (right - left) / kernelCount(worker)
    const scaleY = band / granules
    const place = `translate(${left} ${y}) scale(${scaleX.toFixed(5)} ${scaleY.toFixed(5)})`
    return html`<text class="strong" x="${left - 10}" y="${y + band / 2 - 3}" text-anchor="end">${texts[w][0]}</text><text x="${left - 10}" y="${y + band / 2 + 12}" text-anchor="end">${texts[w][1]}</text><rect class="track" x="${left}" y="${y}" width="${right - left}" height="${band}"/><g transform="${place}" style="fill:${seriesColour(w)}">${[
      ...pathsByStyle(device, plan, worker),
    ].map(([style, d]) => {
      const { priority, placed } = parseStyle(style)
      const opacity = topPriority === 0 ? 0.85 : 0.4 + (0.6 * priority) / topPriority
      return html`<path d="${d}" opacity="${placed ? opacity * 0.65 : opacity}"/>`
    })}</g>`
  })
  const height = top + plan.workers.length * (band + GAP) + 22
  const body = html`${bands}<text x="${left}" y="${height - 12}">first kernel</text><text x="${right}" y="${height - 12}" text-anchor="end">last kernel of the request</text>`
  return canvas({
    title: `Plan of ${policy}: kernel groups over granules`,
    description: plan.workers.map((worker) => `${worker.name}: ${groupsText(worker)}`).join('; '),
    width: WIDE,
    height,
    body,
  })
}

function groupsText(worker: WorkerPlan): string {
  return counted(switchesPerRequest(worker), 'switch').replace('switchs', 'switches')
}

type StyleKey = `${'pooled' | 'placed'} ${number}`

function parseStyle(key: StyleKey): { readonly placed: boolean; readonly priority: number } {
  const [kind, priority] = key.split(' ')
  return { placed: kind === 'placed', priority: Number(priority) }
}

/** One path per look, in units of kernels across and granules down. */
function pathsByStyle(device: Device, plan: Plan, worker: WorkerPlan): Map<StyleKey, string> {
  const paths = new Map<StyleKey, string>()
  let kernel = 0
  for (const { kernels, partition, priority } of worker.groups) {
    const entry = plan.pool[partition]
    const key: StyleKey = `${isPooled(entry) ? 'pooled' : 'placed'} ${priority}`
    const rows = rowsOf(device, entry)
    const boxes = rows.map(([from, to]) => `M${kernel} ${from}h${kernels}V${to}h${-kernels}z`)
    paths.set(key, (paths.get(key) ?? '') + boxes.join(''))
    kernel += kernels
  }
  return paths
}

/** Runs of granules that an entry covers: first, and one past the last. */
function rowsOf(device: Device, entry: PoolEntry): (readonly [number, number])[] {
  const granules = device.granules.length
  if (!isPooled(entry)) {
    const height = (entry.cus / totalCus(device)) * granules
    return [[Math.round((granules - height) * 100) / 100, granules]]
  }
  const runs: [number, number][] = []
  for (const granule of entry.granules) {
    const last = runs.at(-1)
    if (last && last[1] === granule) last[1]++
    else runs.push([granule, granule + 1])
  }
  return runs
}

const MOST_GROUPS = 40

/** A plan's groups as a table, the first ones of each worker. */
export function planTable(device: Device, plan: Plan, policy: string): TableData {
  const rows = plan.workers.flatMap((worker) => {
    let first = 0
    const shown = worker.groups.slice(0, MOST_GROUPS).map(({ kernels, partition, priority }) => {
      const entry = plan.pool[partition]
      const range = kernels === 1 ? `${first}` : `${first} to ${first + kernels - 1}`
      first += kernels
      const place = isPooled(entry) ? formatPartition(entry.granules) : 'placed at dispatch'
      return { cells: [worker.name, range, place, `${cusOfEntry(device, entry)}`, `${priority}`] }
    })
    const hidden = worker.groups.length - shown.length
    if (hidden === 0) return shown
    return [
      ...shown,
      { cells: [worker.name, `and ${counted(hidden, 'further group')}`, '', '', ''] },
    ]
  })
  return {
    caption: `Kernel groups of ${policy}`,
    columns: [
      { title: 'Worker' },
      { title: 'Kernels', kind: 'text' },
      { title: 'Granules', kind: 'text' },
      { title: 'Compute units' },
      { title: 'Priority' },
    ],
    rows,
  }
}
