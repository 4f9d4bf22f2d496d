import { mean } from '../../../numbers.js'
import { totalUs } from '../../../profile/duration.js'
import type { Profile } from '../../../profile/profile.js'
import type { SynthesisError } from '../../../synthesize/error.js'

/**
 * A synthesized profile in one line.
 * @param cus compute units of its device
 */
export function synthesizedText(profile: Profile, cus: number): string {
  const { model, batch, device, kernels } = profile
  const ms = (n: number): string => (totalUs(profile, n) / 1000).toFixed(2)
  const quarter = Math.floor(cus / 4)
  return `${model}, batch ${batch}, on ${device} (synthesized): ${kernels.length} kernels, ${ms(cus)} ms on ${cus} CUs, ${ms(quarter)} ms on ${quarter}`
}

/** How far synthesized profiles are from recorded ones, one row for each profile. */
export function synthesisErrorsText(errors: readonly SynthesisError[]): string {
  const percent = (share: number): string => `${share < 0 ? '' : '+'}${(100 * share).toFixed(0)}%`
  const rows = errors.map((error) => {
    const { model, batch, kernels, byCus } = error
    const cells = byCus.map(({ cus, error: e }) => `${cus}: ${percent(e)}`.padEnd(10)).join('')
    const counts = `${kernels.synthesized}/${kernels.recorded}`
    return `${model.padEnd(12)}${String(batch).padStart(3)}  ${counts.padEnd(11)}${cells}`
  })
  const overall = mean(errors.map((error) => error.meanAbsolute))
  return [
    'Total kernel time, synthesized against recorded, by CUs (kernels synthesized/recorded):',
    ...rows,
    `mean absolute error ${(100 * overall).toFixed(1)}%`,
  ].join('\n')
}
