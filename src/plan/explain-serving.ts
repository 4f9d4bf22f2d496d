import type { ServedModelPlan, ServingMechanism, ServingPlan } from './serving-plan.js'

const MECHANISMS: Readonly<Record<ServingMechanism, string>> = {
  mps: 'Every instance is a process of its own under MPS.',
  'time-slices': 'Every instance is a process of its own, and they take turns.',
  streams: 'All instances share one process, each on a stream of its own.',
}

/** A plan in sentences. */
export function explainServing(plan: ServingPlan): string[] {
  const { mechanism, concurrency, evenMisses = false, models } = plan
  const launches = concurrency === 1 ? 'One launch runs' : `At most ${concurrency} launches run`
  const order = evenMisses ? ['Models that missed more of what they may miss go earlier.'] : []
  return [
    MECHANISMS[mechanism],
    `${launches} at a time.`,
    ...order,
    ...models.map((model) => modelWords(model, mechanism)),
  ]
}

function modelWords(
  { name, instances, share, batches, maxDelayMs, headStartMs = 0, late }: ServedModelPlan,
  mechanism: ServingMechanism,
): string {
  const many = instances === 1 ? 'one instance' : `${instances} instances`
  const most = batches[batches.length - 1]
  const together = most === 1 ? 'one sample at a time' : `up to ${most} samples together`
  const units = share === 1 ? '1 compute unit' : `${share} compute units`
  // Only MPS gives shares.
  const where = mechanism === 'mps' ? ` on ${units}${instances === 1 ? '' : ' each'}` : ''
  const wait =
    maxDelayMs > 0
      ? `, for which the first waits at most ${Number(maxDelayMs.toPrecision(3))} ms`
      : ''
  const start =
    headStartMs > 0
      ? `; it goes before others as if due ${Number(headStartMs.toPrecision(3))} ms earlier`
      : ''
  const drops = late === 'drop' ? '; what would be late is dropped' : ''
  return `${name}: ${many}${where}, ${together}${wait}${start}${drops}.`
}
