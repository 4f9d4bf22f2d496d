/** The type of data that nobody may change, at any depth. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T

/** A deeply frozen copy of JSON-like data: arrays, plain objects and what they hold. */
export function frozen<T>(value: T): Frozen<T>
export function frozen(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(frozen))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, frozen(inner)])
  return Object.freeze(Object.fromEntries(entries))
}
