/** Series that have a colour of their own; further ones start over. */
const SERIES_COLOURS = 16

/** Colour of the n-th worker (or any other series): one of 16, told apart without colour vision up to 8. */
export function seriesColour(index: number): string {
  return `var(--series-${index % SERIES_COLOURS})`
}
