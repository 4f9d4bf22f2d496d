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
