import { getOrMake } from '../../maps.js'
import { Refusal } from '../refusal.js'
import type { Named } from './call.js'
import type { Target } from './infer-request.js'
import type { Route } from './routes.js'

/** The route of a request, and the names in its URL. */
export interface Match {
  readonly route: Route
  readonly named: Named
}

const NOTHING: Named = { model: '', version: '', region: '', trial: '' }

const INFER = /^\/+v2\/+models\/+([^/]+)(?:\/+versions\/+([^/]+))?\/+infer\/*$/

/** The path of a request's target. The target may be a whole URL, and may have a query. */
export function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '')
  const end = path.indexOf('?')
  return end < 0 ? path : path.slice(0, end)
}

/** The model that an inference request asks for; undefined if this is not a path of inference. */
export function inferTarget(path: string): Target | undefined {
  const match = INFER.exec(path)
  if (match === null) return undefined
  return { model: decoded(match[1]), version: decoded(match[2] ?? '') }
}

/** @throws Refusal `not-found`, or WrongMethod if the path only has routes for other methods */
export function findRoute(routes: readonly Route[], method: string, path: string): Match {
  const segments = segmentsOf(path)
  const matches = routes.flatMap((route) => {
    const named = matchPath(patternOf(route), segments)
    return named === undefined ? [] : [{ route, named }]
  })
  const asked = method === 'HEAD' ? 'GET' : method
  const found = matches.find(({ route }) => route.method === asked)
  if (found !== undefined) return found
  if (matches.length === 0) throw new Refusal('not-found', `there is nothing at ${path}`)
  throw new WrongMethod(
    method,
    matches.map(({ route }) => route.method),
  )
}

/** This path has routes, but none for this method. */
export class WrongMethod extends Refusal {
  readonly allowed: string

  constructor(found: string, expected: readonly string[]) {
    super('method-not-allowed', `expected method ${expected.join(' or ')}, found ${found}`)
    this.allowed = expected.join(', ')
  }
}

const patterns = new WeakMap<Route, readonly string[]>()

/** The segments of a route's path, which are found once: all routes are looked at for every request. */
function patternOf(route: Route): readonly string[] {
  return getOrMake(patterns, route, () => segmentsOf(route.path))
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

function matchPath(pattern: readonly string[], segments: readonly string[]): Named | undefined {
  if (pattern.length !== segments.length) return undefined
  const named = { ...NOTHING }
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i].startsWith(':')) named[pattern[i].slice(1) as keyof Named] = decoded(segments[i])
    else if (pattern[i] !== segments[i]) return undefined
  }
  return named
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Refusal('invalid', `'${segment}' is not percent-encoded`)
  }
}
