/** A copy of a document with one place changed. Places are written as `workers[0].load.poisson`. */
export function withValue(document: unknown, path: string, value: unknown): unknown {
  if (path === '') return value
  const copy = structuredClone(document)
  const keys = path.split(/\]?[.[]|\]$/).filter((key) => key !== '')
  const last = keys.pop() as string
  const parent = keys.reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], copy)
  if (parent === null || typeof parent !== 'object') return document
  if (value === undefined) delete (parent as Record<string, unknown>)[last]
  else (parent as Record<string, unknown>)[last] = value
  return copy
}
