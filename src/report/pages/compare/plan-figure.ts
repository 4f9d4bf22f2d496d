import { type Device, totalCus } from '../../../device/device.js'
import { formatPartition } from '../../../device/partition.js'
import { entryCus } from '../../../plan/layout.js'
import {
  isPooled,
  isShare,
  kernelCount,
  type Plan,
  type PoolEntry,
  switchesPerRequest,
  type WorkerPlan,
} from '../../../plan/plan.js'
import { seriesColour } from '../../kit/charts/colour.js'
import { canvas, WIDE } from '../../kit/charts/svg.js'
import { shortened, strongTextWidth, textWidth } from '../../kit/charts/text-width.js'
import { counted, fixed } from '../../kit/format.js'
import { type Html, html } from '../../kit/html.js'
import type { TableData } from '../../kit/table-html.js'

/** The CUs that a plan gives each kernel of a worker, in execution order. */
export function plannedCus(plan: Plan, worker: WorkerPlan): number[] {
  return worker.groups.flatMap(({ kernels, partition }) =>
    new Array<number>(kernels).fill(entryCus(plan, plan.pool[partition])),
  )
}

const GAP = 16

/** How many characters of a worker's name have room beside its band. */
const NAME_LENGTH = 40

/**
 * A plan as coloured kernel groups over granules. Each worker has a band, with the kernels of a request from left
 * to right and granules from top to bottom. A higher priority has a stronger colour. A partition that is placed
 * only at dispatch has a size but no place, so it is drawn pale, from the bottom.
 */
export function planChart(device: Device, plan: Plan, policy: string): Html {
  const { workers } = plan
  const height = workers.length > 8 ? 36 : 64
  const names = workers.map(({ name }) => strongTextWidth(shortened(name, NAME_LENGTH)))
  const left = 14 + Math.max(...names, ...workers.map((worker) => textWidth(switchText(worker))))
  const right = WIDE - 14
  const bands = workers.map((_, w) =>
    workerBand(device, plan, w, { left, right, top: 4 + w * (height + GAP), height }),
  )
  const bottom = 4 + workers.length * (height + GAP)
  const body = html`${bands}<text x="${left}" y="${bottom + 6}">first kernel</text><text x="${right}" y="${bottom + 6}" text-anchor="end">last kernel of the request</text>`
  return canvas({
    title: `Plan of ${policy}: kernel groups over granules`,
    description: workers.map((worker) => `${worker.name}: ${switchText(worker)}`).join('; '),
    width: WIDE,
    height: bottom + 12,
    body,
  })
}

interface Band {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly height: number
}

function workerBand(device: Device, plan: Plan, index: number, band: Band): Html {
  const { left, right, top, height } = band
  const worker = plan.workers[index]
  const scaleX = ((right - left) / kernelCount(worker)).toFixed(5)
  const scaleY = (height / device.granules.length).toFixed(5)
  const middle = top + height / 2
  return html`<text class="strong" x="${left - 10}" y="${middle - 3}" text-anchor="end">${shortened(worker.name, NAME_LENGTH)}</text><text x="${left - 10}" y="${middle + 12}" text-anchor="end">${switchText(worker)}</text><rect class="track" x="${left}" y="${top}" width="${right - left}" height="${height}"/><g transform="translate(${left} ${top}) scale(${scaleX} ${scaleY})" style="fill:${seriesColour(index)}">${pathsByOpacity(
    device,
    plan,
    worker,
  ).map(([opacity, d]) => html`<path d="${d}" opacity="${opacity}"/>`)}</g>`
}

function switchText(worker: WorkerPlan): string {
  const switches = switchesPerRequest(worker)
  return switches === 1 ? '1 switch' : `${fixed(switches, 0)} switches`
}

/** One path for each opacity, in units of kernels across and granules down. */
function pathsByOpacity(device: Device, plan: Plan, worker: WorkerPlan): [number, string][] {
  const top = Math.max(...plan.workers.flatMap(({ groups }) => groups.map((g) => g.priority)))
  const paths = new Map<number, string>()
  let kernel = 0
  for (const { kernels, partition, priority } of worker.groups) {
    const entry = plan.pool[partition]
    const strength = top === 0 ? 0.85 : 0.5 + (0.5 * priority) / top
    const opacity = isPooled(entry) ? strength : strength * 0.65
    const boxes = rowsOf(device, entry).map(
      ([from, to]) => `M${kernel} ${from}h${kernels}V${to}h${-kernels}z`,
    )
    paths.set(opacity, (paths.get(opacity) ?? '') + boxes.join(''))
    kernel += kernels
  }
  return [...paths]
}

/** The runs of granules that an entry covers, each as its first granule and the one past its last. */
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

/** Where the kernels of a group run. */
function placeOf(entry: PoolEntry): string {
  if (isPooled(entry)) return formatPartition(entry.granules)
  return isShare(entry) ? 'any that are free' : 'placed at dispatch'
}

const MOST_GROUPS = 40

/** The groups of a plan as a table, limited to the first ones of each worker. */
export function planTable(plan: Plan, policy: string): TableData {
  const rows = plan.workers.flatMap((worker) => {
    let first = 0
    const shown = worker.groups.slice(0, MOST_GROUPS).map(({ kernels, partition, priority }) => {
      const entry = plan.pool[partition]
      const range = kernels === 1 ? `${first}` : `${first} to ${first + kernels - 1}`
      first += kernels
      const place = placeOf(entry)
      return { cells: [worker.name, range, place, `${entryCus(plan, entry)}`, `${priority}`] }
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
