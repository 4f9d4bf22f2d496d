import { sum } from '../numbers.js'
import { countProfiles, type Layout } from './layout.js'
import { solveLp } from './solve.js'

/** How many instances of one size are wanted, which may be a fraction. */
export interface WantedCount {
  /** The profile's name. */
  readonly name: string
  readonly computeSlices: number
  readonly wanted: number
}

/**
 * The legal layouts of all GPUs whose instances come nearest to the wanted counts. Let n[k] be the
 * instances made of size k, and y[m] the number of GPUs with layout m:
 *
 *     minimise sum_k slices(k) |n[k] - wanted(k)|
 *     n[k] <= sum_m count(m,k) y[m],  sum_m y[m] = gpus,  all whole
 *     sum_k slices(k) n[k] >= the slices of all wanted(k) rounded, at most those of the GPUs
 *
 * So every count is the nearest whole number where the layouts allow it. Where they do not, the
 * fewest slices go elsewhere, and none is left idle that rounding would have used. Instances of a
 * layout beyond n[k] are not made; only a GPU that would be left empty keeps one.
 *
 * @param layouts legal ones, to which nothing can be added
 */
export async function nearestLayouts(
  layouts: readonly Layout[],
  gpus: number,
  sizes: readonly WantedCount[],
): Promise<Layout[]> {
  const { values } = await solveLp(lpText(layouts, gpus, sizes))
  const whole = (name: string): number => Math.round(values.get(name) ?? 0)
  const full = layouts.flatMap((layout, m) => Array<Layout>(whole(`y${m}`)).fill(layout))
  const surplus = countProfiles(full.flat())
  sizes.forEach(({ name }, k) => {
    surplus.set(name, (surplus.get(name) ?? 0) - whole(`n${k}`))
  })
  return full.map((layout) => withoutSurplus(layout, surplus))
}

/** Takes instances off the layout, and off the surplus, while there is any; one stays. */
function withoutSurplus(layout: Layout, surplus: Map<string, number>): Layout {
  let left = layout
  for (const placement of layout) {
    const { name } = placement.profile
    const extra = surplus.get(name) ?? 0
    if (extra <= 0 || left.length === 1) continue
    surplus.set(name, extra - 1)
    left = left.filter((other) => other !== placement)
  }
  return left
}

function lpText(layouts: readonly Layout[], gpus: number, sizes: readonly WantedCount[]): string {
  const counts = layouts.map(countProfiles)
  const slicesOfGpu = Math.max(
    ...layouts.map((layout) => sum(layout.map(({ profile }) => profile.computeSlices))),
  )
  const rounded = sum(sizes.map(({ computeSlices, wanted }) => computeSlices * Math.round(wanted)))
  const rows = sizes.flatMap(({ name, wanted }, k) => {
    const supply = counts.map((count, m) => `- ${count.get(name) ?? 0} y${m}`)
    return [
      `above${k}: n${k} - d${k} <= ${wanted}`,
      `below${k}: n${k} + d${k} >= ${wanted}`,
      `made${k}: n${k} ${supply.join(' ')} <= 0`,
    ]
  })
  const ys = layouts.map((_, m) => `y${m}`)
  const inSlices = (letter: string): string =>
    sizes.map(({ computeSlices }, k) => `${computeSlices} ${letter}${k}`).join(' + ')
  rows.push(`gpus: ${ys.join(' + ')} = ${gpus}`)
  rows.push(`used: ${inSlices('n')} >= ${Math.min(rounded, gpus * slicesOfGpu)}`)
  const whole = [...sizes.map((_, k) => `n${k}`), ...ys]
  return `Minimize\n obj: ${inSlices('d')}\nSubject To\n ${rows.join('\n ')}\nGeneral\n ${whole.join(' ')}\nEnd\n`
}
