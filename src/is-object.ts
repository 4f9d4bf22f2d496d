/** Whether a value is an object: what `typeof` says, except that it says so of null. Arrays are objects. */
export function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object'
}

/** Whether a value is an object that is no array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !Array.isArray(value)
}
