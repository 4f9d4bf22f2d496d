/** No word that people mean is as long; of longer ones the beginning counts. */
const LONGEST = 60

/** Two words of which more than this share of the characters differ are not taken for each other. */
const MOST_CHANGED = 0.5

/** The word that was most likely meant by a misspelt one; undefined if none is like it. */
export function closest(misspelt: string, words: readonly string[]): string | undefined {
  const written = comparable(misspelt)
  const changed = words.map((word) => changes(written, comparable(word)) / comparable(word).length)
  const least = Math.min(...changed)
  return least <= MOST_CHANGED ? words[changed.indexOf(least)] : undefined
}

function comparable(word: string): string {
  return word.slice(0, LONGEST).toLowerCase()
}

/** The Levenshtein distance: how many characters are to be inserted, removed or replaced. */
function changes(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const replaced = row[j] + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(replaced, row[j + 1] + 1, next[j] + 1))
    }
    row = next
  }
  return row[b.length]
}
