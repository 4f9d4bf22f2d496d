import { sum } from '../numbers.js'
import { distinctLayouts } from './enumerate.js'
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
 * The legal layouts of all GPUs whose instances come nearest to the wanted counts. Let m be what one GPU may hold: a
 * maximal layout or a part of one, as instances may be left unmade, but never none. Let y[m] be the number of GPUs
 * with it:
 *
 *     minimise sum_k slices(k) |n[k] - wanted(k)|,  n[k] = sum_m count(m,k) y[m]
 *     sum_m y[m] = gpus,  all whole
 *     sum_k slices(k) n[k] >= the slices of all wanted(k) rounded, at most those of the GPUs
 *
 * So every count is the nearest whole number where the layouts allow it. Where they do not, the
 * fewest slices go elsewhere, and none is left idle that rounding would have used.
 *
 * @param layouts legal ones, to which nothing can be added
 */
export async function nearestLayouts(
  layouts: readonly Layout[],
  gpus: number,
  sizes: readonly WantedCount[],
): Promise<Layout[]> {
  const parts = distinctLayouts(layouts.flatMap(partsOf))
  const { values } = await solveLp(lpText(parts, gpus, sizes))
  return parts.flatMap((part, m) => Array<Layout>(Math.round(values.get(`y${m}`) ?? 0)).fill(part))
}

/** A layout and all that is left of it without some of its instances, but for nothing. */
function partsOf(layout: Layout): Layout[] {
  let parts: Layout[] = [[]]
  for (const placement of layout) {
    parts = parts.flatMap((part) => [part, [...part, placement]])
  }
  return parts.filter((part) => part.length > 0)
}

function lpText(parts: readonly Layout[], gpus: number, sizes: readonly WantedCount[]): string {
  const counts = parts.map(countProfiles)
  const slicesOfGpu = Math.max(
    ...parts.map((part) => sum(part.map(({ profile }) => profile.computeSlices))),
  )
  const rounded = sum(sizes.map(({ computeSlices, wanted }) => computeSlices * Math.round(wanted)))
  const rows = sizes.flatMap(({ name, wanted }, k) => {
    const made = counts.map((count, m) => `- ${count.get(name) ?? 0} y${m}`)
    return [
      `above${k}: n${k} - d${k} <= ${wanted}`,
      `below${k}: n${k} + d${k} >= ${wanted}`,
      `made${k}: n${k} ${made.join(' ')} = 0`,
    ]
  })
  const ys = parts.map((_, m) => `y${m}`)
  const inSlices = (letter: string): string =>
    sizes.map(({ computeSlices }, k) => `${computeSlices} ${letter}${k}`).join(' + ')
  rows.push(`gpus: ${ys.join(' + ')} = ${gpus}`)
  rows.push(`used: ${inSlices('n')} >= ${Math.min(rounded, gpus * slicesOfGpu)}`)
  const whole = [...sizes.map((_, k) => `n${k}`), ...ys]
  return `Minimize\n obj: ${inSlices('d')}\nSubject To\n ${rows.join('\n ')}\nGeneral\n ${whole.join(' ')}\nEnd\n`
}
