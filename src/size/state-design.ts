/** A device is full long before this many launches run; beyond that, their times grow in proportion. */
const MOST_LAUNCHES = 16

/**
 * The states to simulate so that all others can be estimated from them: each class alone and with
 * others of its own, each pair, equal numbers of all, and lopsided states, which have more of one
 * class or none of it. Without the lopsided states, estimates of other states are 10 to 20% off
 * with four classes or more. Without pairs, which are what mostly runs at half of capacity,
 * latencies at that load come out 8% too long.
 * @param classes how many kinds of launches there are
 * @param most launches of one class that run at once
 * @returns launches of each class, by state; no state appears twice
 */
export function stateDesign(classes: number, most: number): number[][] {
  const all = Array.from({ length: classes }, (_, i) => i)
  const evenly = (count: number): number[] => all.map(() => count)
  const lopsided = (own: number, others: number): number[][] =>
    all.map((one) => evenly(others).with(one, own))
  const equal = Array.from({ length: most }, (_, i) => i + 1).filter(
    (count) => count * classes <= MOST_LAUNCHES,
  )
  const pairs = all.flatMap((a) => all.slice(a + 1).map((b) => evenly(0).with(a, 1).with(b, 1)))
  return distinct([
    ...lopsided(1, 0),
    ...pairs,
    ...lopsided(most, 0),
    ...equal.map(evenly),
    ...lopsided(most, 1),
    ...lopsided(0, Math.min(2, most)),
  ])
}

function distinct(states: readonly number[][]): number[][] {
  const busy = states.filter((counts) => counts.some((count) => count > 0))
  return [...new Map(busy.map((counts) => [counts.join(), counts])).values()]
}

/** The simulated classes of a model: its smallest and its largest batch size, or the same one twice. */
export type Anchors = readonly [small: number, large: number]

/**
 * The states to simulate where models have several batch sizes. Most launches are of the smallest
 * one, so those are covered as by `stateDesign`. Each largest size needs only a few states: alone,
 * beside others of its own, added to equal numbers of the smallest ones, and all largest ones
 * together.
 * @param models the classes of each model, as indices; they are numbered without gaps
 * @returns launches of each class, by state; no state appears twice
 */
export function batchedStateDesign(models: readonly Anchors[], most: number): number[][] {
  const classes = 1 + Math.max(...models.flat())
  const state = (counts: readonly (readonly [one: number, count: number])[]): number[] => {
    const all = new Array<number>(classes).fill(0)
    for (const [one, count] of counts) all[one] += count
    return all
  }
  const smallest = models.map(([small]) => small)
  const larger = models.filter(([small, large]) => large !== small).map(([, large]) => large)
  const evenly = (count: number): [number, number][] => smallest.map((one) => [one, count])
  const states = [
    ...stateDesign(models.length, most).map((counts) =>
      state(counts.map((n, m) => [smallest[m], n])),
    ),
    ...larger.flatMap((large) => [
      state([[large, 1]]),
      state([[large, most]]),
      ...[1, 2]
        .filter((count) => count <= most)
        .map((count) => state([[large, 1], ...evenly(count)])),
    ]),
    state(models.map(([, large]) => [large, 1])),
  ]
  return distinct(states)
}
