import { visit } from 'jsonc-parser'

/**
 * The path of the first key that some object in a JSON text has twice; undefined if there is none.
 * @param text a text that `JSON.parse` accepts; of a repeated key it takes the last value
 * @param keys total number of keys in the objects that `JSON.parse` returned for the text
 */
export function repeatedKey(text: string, keys: number): PropertyKey[] | undefined {
  // Counting takes a tenth of the time of visiting, and for nearly every file it is enough.
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

/** The number of keys in a text, or more if a string contains something like one: `": "`. */
function mostKeys(text: string): number {
  const key = /"\s*:/g
  let count = 0
  while (key.test(text)) count++
  return count
}
