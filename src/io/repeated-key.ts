import { visit } from 'jsonc-parser'

/**
 * The path of the first key that some object of a JSON text has twice; undefined if there is none.
 * @param text what `JSON.parse`, which takes the last of the values, reads without fault
 * @param keys how many keys all objects have that `JSON.parse` made of it
 */
export function repeatedKey(text: string, keys: number): PropertyKey[] | undefined {
  // Counting takes a tenth of the time of visiting, and nearly every file needs no more.
  if (mostKeys(text) === keys) return undefined
  const open: Set<string>[] = []
  let repeated: PropertyKey[] | undefined
  visit(text, {
    onObjectBegin: () => {
      open.push(new Set())
    },
    onObjectEnd: () => {
      open.pop()
    },
    onObjectProperty: (key, _offset, _length, _line, _character, pathOfObject) => {
      const seen = open.at(-1)
      if (seen?.has(key)) repeated ??= [...pathOfObject(), key]
      seen?.add(key)
    },
  })
  return repeated
}

/** How many keys a text has, or more where a string looks like one: `": "`. */
function mostKeys(text: string): number {
  const key = /"\s*:/g
  let count = 0
  while (key.test(text)) count++
  return count
}
