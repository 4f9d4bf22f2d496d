/** Numbers and states in the words of the page. */
import { compact, fixed, significant } from '../../src/report/kit/format.js'
import type { ObservedModel, ServerState } from '../../src/serve/telemetry/state.js'

export { compact, significant }

const NOTHING = '–'

/** A number that may not be known. */
export function known(value: number | undefined, unit = ''): string {
  return value === undefined ? NOTHING : `${significant(value)}${unit}`
}

export function whole(value: number): string {
  return fixed(value, 0)
}

/** A share of requests in percent: never 100% if one is missing. */
export function shareText(share: number): string {
  return `${compact(Math.floor(share * 1000) / 10)}%`
}

/** Whether a model keeps its target; undefined if it has none, or no request has ended. */
export function keepsTarget({ target, attainment }: ObservedModel): boolean | undefined {
  if (target === undefined || attainment === undefined) return undefined
  return attainment >= target.quantile
}

export function targetText({ target }: ObservedModel): string {
  if (target === undefined) return 'no target'
  return `${shareText(target.quantile)} ≤ ${compact(target.ms)} ms`
}

/** How long ago something was, in the unit that fits best. */
export function agoText(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min`
  if (s < 86_400) return `${Math.floor(s / 3600)} h`
  return `${Math.floor(s / 86_400)} days`
}

/** What to announce when it changes: readiness, and which models miss their targets. */
export function newsText({ readiness, models }: ServerState): string {
  const missing = models.filter((model) => keepsTarget(model) === false).map(({ name }) => name)
  const targets = missing.length === 0 ? 'no target is missed' : `missed: ${missing.join(', ')}`
  return `The server is ${readiness}; ${targets}.`
}
