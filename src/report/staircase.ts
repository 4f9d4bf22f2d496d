import { type Device, totalCus } from '../device/device.js'
import { kernelUs, measuredCus } from '../profile/duration.js'
import type { Profile } from '../profile/profile.js'
import { rightSize } from '../profile/right-size.js'
import { lineChart, type Point } from './charts/lines.js'
import { counted, fixed, percent } from './format.js'
import type { Html } from './html.js'
import type { TableData } from './table-html.js'

/** CU counts a kernel's right-size is chosen from: those measured, up to the whole device. */
export function offeredCus(profile: Profile, device: Device): number[] {
  const whole = totalCus(device)
  return measuredCus(profile).filter((cus) => cus <= whole)
}

/** Right-size in CUs of each kernel of a profile, in execution order. */
export function staircaseOf(profile: Profile, device: Device): number[] {
  const offered = offeredCus(profile, device)
  return profile.kernels.map((kernel) => rightSize(kernel, offered))
}

/** The corners of a staircase: where the value changes, and the end. */
export function corners(values: readonly number[]): Point[] {
  const points = values.flatMap((value, i): Point[] =>
    i === 0 || value !== values[i - 1] ? [[i, value]] : [],
  )
  const last = values[values.length - 1]
  return [...points, [values.length, last]]
}

/** A second staircase laid over the first, e.g. the CUs that a plan gives each kernel. */
export interface Overlay {
  readonly name: string
  readonly cus: readonly number[]
}

/** The right-size of each kernel of a model over its kernels, and what a plan gives them. */
export function staircaseChart(
  profile: Profile,
  device: Device,
  colour: string,
  overlay?: Overlay,
): Html {
  const steps = staircaseOf(profile, device)
  const whole = totalCus(device)
  return lineChart({
    title: `Right-size of the kernels of ${profile.model}`,
    description: `${counted(steps.length, 'kernel')}; ${percent(shareAtMost(steps, whole / 2))} of them need at most half of the ${whole} compute units.`,
    height: 190,
    x: { label: 'kernel of the request', domain: [0, steps.length] },
    y: {
      label: `${profile.model}, batch ${profile.batch}: compute units`,
      domain: [0, whole],
      ticks: yTicks(whole),
    },
    series: [
      { name: 'right-size', points: corners(steps), colour, curve: 'step', fill: 'below' },
      ...(overlay
        ? [
            {
              name: overlay.name,
              points: corners(overlay.cus),
              colour: 'var(--ink)',
              curve: 'step' as const,
            },
          ]
        : []),
    ],
  })
}

function yTicks(whole: number): number[] {
  return [0, Math.round(whole / 4), Math.round(whole / 2), Math.round((3 * whole) / 4), whole]
}

function shareAtMost(values: readonly number[], limit: number): number {
  return values.filter((value) => value <= limit).length / values.length
}

/** How many kernels have which right-size, and how much of the solo time they take. */
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
    const all = us.reduce((a, b) => a + b, 0)
    return offeredCus(profile, device).flatMap((cus) => {
      const at = steps.flatMap((step, i) => (step === cus ? [i] : []))
      if (at.length === 0) return []
      const time = at.reduce((total, i) => total + us[i], 0)
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
