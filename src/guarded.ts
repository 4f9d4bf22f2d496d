import { describe, InputError } from './errors.js'
import { isObject } from './is-object.js'

/** What a function takes in a place: in words, and how it is told from what somebody gives by mistake. */
export interface Kind {
  readonly expected: string
  readonly is: (value: unknown) => boolean
}

export const NUMBER: Kind = {
  expected: 'a number',
  is: (value) => typeof value === 'number' && !Number.isNaN(value),
}
export const TEXT: Kind = { expected: 'a text', is: (value) => typeof value === 'string' }
export const FUNCTION: Kind = { expected: 'a function', is: (value) => typeof value === 'function' }
/** Lists and typed arrays. A text has a length, too, but nobody means its characters. */
export const NUMBERS: Kind = {
  expected: 'a list of numbers',
  is: (value) => Array.isArray(value) || ArrayBuffer.isView(value),
}
export const SEVERAL_NUMBERS: Kind = {
  expected: 'several numbers',
  is: (value) => isObject(value) && Symbol.iterator in value,
}
export const TIMES: Kind = {
  expected: 'times by number of compute units',
  is: (value) => isObject(value) && Object.keys(value).length > 0,
}

/** An object with all of the keys. What is under them is not looked at. */
export function having(expected: string, ...keys: readonly string[]): Kind {
  return { expected, is: (value) => isObject(value) && keys.every((key) => key in value) }
}

export function listOf(what: string): Kind {
  return { expected: `a list of ${what}`, is: Array.isArray }
}

export function oneOf(words: readonly string[]): Kind {
  return {
    expected: `one of ${words.join(', ')}`,
    is: (value) => words.includes(value as string),
  }
}

export function optional({ expected, is }: Kind): Kind {
  return { expected, is: (value) => value === undefined || is(value) }
}

/**
 * A function or class that first looks at its arguments: an {@link InputError} names the first one that is of another
 * kind, by the function and the name of the parameter.
 * @param kinds by the names of the parameters, in their order; what comes after them is not looked at
 */
export function guarded<F extends object & { readonly name: string }>(
  target: F,
  kinds: Readonly<Record<string, Kind>>,
): F {
  const parameters = Object.entries(kinds)
  const check = (values: readonly unknown[]): void => {
    parameters.forEach(([path, { expected, is }], i) => {
      if (is(values[i])) return
      throw new InputError({ file: target.name, path, expected, found: describe(values[i]) })
    })
  }
  return new Proxy(target, {
    apply(call, self, values: unknown[]) {
      check(values)
      return Reflect.apply(call as () => unknown, self, values)
    },
    construct(make, values: unknown[], newTarget) {
      check(values)
      return Reflect.construct(make as new () => object, values, newTarget) as object
    },
  })
}
