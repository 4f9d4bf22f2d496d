import { describe, InputError } from './errors.js'

/** What a registry holds has a name. */
export interface Named {
  readonly name: string
}

/** Things of one kind by name, in the order in which tables list them. */
export type Registry<T> = ReadonlyMap<string, T>

/** The registry of the given things. Adding one is its file, and a line where its registry is made. */
export function registryOf<T extends Named>(things: readonly T[]): Registry<T> {
  return new Map(things.map((thing) => [thing.name, thing]))
}

/**
 * A thing by name.
 * @param flag where the name was given, for the error
 * @throws InputError naming those there are
 */
export function lookUpIn<T>(registry: Registry<T>, name: string, flag: string): T {
  const thing = registry.get(name)
  if (thing !== undefined) return thing
  const expected = `one of ${[...registry.keys()].join(', ')}`
  throw new InputError({ file: flag, expected, found: describe(name) })
}
