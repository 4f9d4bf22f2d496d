import { laneCount } from '../../../simulate/model/branches.js'
import type { ProfiledModel } from '../../../torch/profile-model.js'
import { change, fixed } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

const DEFINITION = [
  'graph: the whole request alone, not profiled. kernels: each starts when those it waits for have ended.',
  'gap: what the graph takes beyond kernels and memsets, for each kernel. total: all of them together.',
  'apart: how much longer the total is than the graph. lanes: how many kernels may run side by side.',
].join('\n')

/** One row for each profile: its kernels, its times and its power, then what the columns mean. */
export function profilesText(profiled: readonly ProfiledModel[], style: TableStyle): string {
  const head = [
    'model',
    'batch',
    'kernels',
    'lanes',
    'graph\nms',
    'kernels\nms',
    'memsets\nms',
    'gap\nus',
    'total\nms',
    'apart',
    'power W',
  ]
  const rows = profiled.map((one) => {
    const { profile, cus, kernelsUs, withMemsetsUs, totalUs, latencyUs = Number.NaN } = one
    return [
      profile.model,
      `${profile.batch}`,
      `${profile.kernels.length}`,
      `${laneCount(profile)}`,
      fixed(latencyUs / 1000, 3),
      fixed(kernelsUs / 1000, 3),
      fixed((withMemsetsUs - kernelsUs) / 1000, 3),
      fixed(profile.gapUs?.[cus] ?? Number.NaN, 2),
      fixed(totalUs / 1000, 3),
      change(totalUs, latencyUs),
      fixed(profile.powerW ?? Number.NaN, 0),
    ]
  })
  return `${textTable(head, rows, style)}\n${DEFINITION}`
}
