/** How many series have a colour of their own. Further series start again with the first colour. */
const SERIES_COLOURS = 16

/**
 * The colour of the n-th worker, or of any other series. There are 16; up to 8 can
 * be told apart without colour vision.
 */
export function seriesColour(index: number): string {
  return `var(--series-${index % SERIES_COLOURS})`
}
