import { type Device, offeredCus, totalCus } from '../../../device/device.js'
import { sum } from '../../../numbers.js'
import { kernelUs } from '../../../profile/duration.js'
import type { Profile } from '../../../profile/profile.js'
import { rightSize } from '../../../profile/right-size.js'
import { lineChart, type Point } from '../../kit/charts/lines.js'
import { counted, fixed, percent } from '../../kit/format.js'
import type { Html } from '../../kit/html.js'
import type { TableData } from '../../kit/table-html.js'

/**
 * The right-size of each kernel of a profile, in CUs and in execution order, among
 * the counts that policies choose from.
 */
export function staircaseOf(profile: Profile, device: Device): number[] {
  const offered = offeredCus(device)
  return profile.kernels.map((kernel) => rightSize(kernel, offered))
}

/** The corners of a staircase: the points where the value changes, and the end. */
export function corners(values: readonly number[]): Point[] {
  const points = values.flatMap((value, i): Point[] =>
    i === 0 || value !== values[i - 1] ? [[i, value]] : [],
  )
  const last = values[values.length - 1]
  return [...points, [values.length, last]]
}

/** The compute units that a plan gives each kernel, and the name of the plan. */
export interface PlannedCus {
  readonly name: string
  readonly cus: readonly number[]
}

/** With more kernels than this, outlines would hide the picture. */
const DENSE = 200

/** The right-size of each kernel of a model, in execution order, and what a plan gives the kernels. */
export function staircaseChart(
  profile: Profile,
  device: Device,
  colour: string,
  planned: PlannedCus,
): Html {
  const steps = staircaseOf(profile, device)
  const whole = totalCus(device)
  return lineChart({
    title: `Right-size of the kernels of ${profile.model}`,
    description: staircaseText(profile, device),
    height: 190,
    x: { label: 'kernel of the request', domain: [0, steps.length] },
    y: {
      label: 'compute units',
      domain: [0, whole],
      ticks: yTicks(whole),
    },
    series: [
      {
        name: 'right-size',
        points: corners(steps),
        colour,
        curve: 'step',
        fill: 'below',
        stroke: steps.length > DENSE ? 'none' : 'solid',
      },
      {
        name: planned.name,
        points: corners(planned.cus),
        colour: 'var(--ink)',
        curve: 'step',
        stroke: 'outlined',
      },
    ],
  })
}

function yTicks(whole: number): number[] {
  return [0, Math.round(whole / 4), Math.round(whole / 2), Math.round((3 * whole) / 4), whole]
}

/** A staircase in words: how many kernels manage with half of the device, and what part of the time they take. */
export function staircaseText(profile: Profile, device: Device): string {
  const whole = totalCus(device)
  const us = profile.kernels.map((kernel) => kernelUs(kernel, whole))
  const small = staircaseOf(profile, device).map((cus) => cus <= whole / 2)
  const kernels = small.filter(Boolean).length / small.length
  const time = sum(us.filter((_, i) => small[i])) / sum(us)
  return `${percent(kernels)} of its ${counted(small.length, 'kernel')}, ${percent(time)} of their time, need at most half of the ${whole} compute units.`
}

/** How many kernels have each right-size, and how much of the solo time they take. */
export function staircaseTable(profiles: readonly Profile[], device: Device): TableData {
  const columns = [
    { title: 'Model' },
    { title: 'Right-size', unit: 'compute units' },
    { title: 'Kernels' },
    { title: 'Share of kernels' },
    { title: 'Share of solo time' },
  ]
  const whole = totalCus(device)
  const rows = profiles.flatMap((profile) => {
    const steps = staircaseOf(profile, device)
    const us = profile.kernels.map((kernel) => kernelUs(kernel, whole))
    const all = sum(us)
    return offeredCus(device).flatMap((cus) => {
      const at = steps.flatMap((step, i) => (step === cus ? [i] : []))
      if (at.length === 0) return []
      const time = sum(at.map((i) => us[i]))
      return [
        {
          cells: [
            `${profile.model}/${profile.batch}`,
            `${cus}`,
            fixed(at.length, 0),
            percent(at.length / steps.length),
            percent(time / all),
          ],
        },
      ]
    })
  })
  return { caption: 'Right-sizes of the kernels of each model', columns, rows }
}
