import {
  type Judgement,
  type NamedTarget,
  targetsOf,
  type Verdict,
} from '../../../plan/judgement.js'
import { fixed, listed, percent, significant } from '../../kit/index.js'

/**
 * The first thing to say about a plan: whether it keeps its targets, and who is overloaded. Undefined if there are
 * no targets and nobody is overloaded.
 */
export function verdictText(judgement: Judgement): string | undefined {
  const sentences = [overloadText(judgement), targetsText(judgement)].filter((text) => text !== '')
  return sentences.length === 0 ? undefined : sentences.join(' ')
}

function overloadText({ workers }: Judgement): string {
  const overloaded = workers.filter(({ isOverloaded }) => isOverloaded)
  if (overloaded.length === 0) return ''
  const each = overloaded.map(
    ({ name, offeredPerSecond, servedPerSecond }) =>
      `${name} is offered ${significant(offeredPerSecond ?? 0)} requests/s and serves ${significant(servedPerSecond)}`,
  )
  return `OVERLOADED: ${listed(each)}.`
}

function targetsText(judgement: Judgement): string {
  const targets = targetsOf(judgement)
  if (targets.length === 0) return ''
  const having = (wanted: Verdict): NamedTarget[] =>
    targets.filter(({ verdict }) => verdict === wanted)
  const [missed, unclear] = [having('missed'), having('unclear')]
  const of = targets.length === 1 ? 'the target' : `${targets.length} targets`
  const count = (some: readonly NamedTarget[]): string =>
    targets.length === 1 ? 'its target' : `${some.length} of ${of}`
  if (missed.length > 0) return `MISSES ${count(missed)}: ${listed(missed.map(targetText))}.`
  if (unclear.length > 0) {
    return `TOO CLOSE to promise ${count(unclear)}: ${listed(unclear.map(targetText))}.`
  }
  const closest = targets.reduce((a, b) => ((b.margin ?? 0) < (a.margin ?? 0) ? b : a))
  const all = targets.length === 1 ? 'its target' : `all ${of}`
  return `Meets ${all}, with ${percent(closest.margin ?? 0)} to spare${targets.length === 1 ? '' : ' at the closest'}: ${targetText(closest)}.`
}

function targetText({ worker, kind, asked, verdict }: NamedTarget): string {
  const further = (low: string, high: string): string =>
    verdict === 'unclear' ? ` (${low} to ${high} in further runs)` : ''
  if (kind === 'share') {
    const { mean, low, high } = worker.normalizedThroughput
    return `${worker.name} reaches ${fixed(mean)}${further(fixed(low), fixed(high))} of its rate alone, at least ${fixed(asked)} asked`
  }
  if (worker.p95Ms === null) {
    return verdict === 'unclear'
      ? `${worker.name} is asked too seldom to tell`
      : `${worker.name} finishes no request in some run`
  }
  const { mean, low, high } = worker.p95Ms
  return `${worker.name} p95 ${significant(mean)}${further(significant(low), significant(high))} of ${significant(asked)} ms`
}
