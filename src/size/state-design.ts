/** Up to so many classes, states far from balance are simulated as well; beyond, there are too many. */
const FEW_CLASSES = 4
/** A device is full long before so many launches run, and what they take is in proportion from there. */
const MOST_LAUNCHES = 16

/**
 * The states to simulate so that all others can be told from them: each class alone and with others of
 * its own, each pair, equal numbers of all; and of few classes the lopsided ones.
 * @param classes how many kinds of launches there are
 * @param most launches of one class that run at once
 * @returns launches of each class, by state; each state once
 */
export function stateDesign(classes: number, most: number): number[][] {
  const all = Array.from({ length: classes }, (_, i) => i)
  const of = (count: (i: number) => number): number[] => all.map(count)
  const upTo = Array.from({ length: most }, (_, i) => i + 1)
  const states = [
    ...all.flatMap((one) => upTo.map((count) => of((i) => (i === one ? count : 0)))),
    ...all.flatMap((a) => all.slice(a + 1).map((b) => of((i) => (i === a || i === b ? 1 : 0)))),
    ...upTo.filter((count) => count * classes <= MOST_LAUNCHES).map((count) => of(() => count)),
  ]
  if (classes <= FEW_CLASSES) {
    for (const one of all) {
      states.push(
        of((i) => (i === one ? most : 1)),
        of((i) => (i === one ? 1 : Math.min(2, most))),
        of((i) => (i === one ? 0 : most)),
      )
    }
  }
  const isNothing = (counts: readonly number[]): boolean => counts.every((count) => count === 0)
  const distinct = new Map(states.map((counts) => [counts.join(), counts]))
  return [...distinct.values()].filter((counts) => !isNothing(counts))
}

/** The simulated classes of a model: its smallest and its largest batch size, or one twice. */
export type Anchors = readonly [small: number, large: number]

/**
 * The states to simulate where models have several batch sizes. Most launches are of the smallest one, so
 * that these are looked at as above; of each largest one it takes few: by itself, added to equal numbers
 * of the smallest ones, and all largest ones together.
 * @param models the classes of each model, as indices; they are numbered without gaps
 * @returns launches of each class, by state; each state once
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
      state([[large, Math.min(2, most)]]),
      ...[1, 2]
        .filter((count) => count <= most)
        .map((count) => state([[large, 1], ...evenly(count)])),
    ]),
    state(models.map(([, large]) => [large, 1])),
  ]
  return [...new Map(states.map((counts) => [counts.join(), counts])).values()]
}
