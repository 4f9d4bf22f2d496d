import { promisify } from 'node:util'
import { constants, deflate, gzip } from 'node:zlib'

/** Compressors by content encoding, in the order in which equals are preferred. */
const ENCODERS = new Map([
  ['gzip', promisify(gzip)],
  ['deflate', promisify(deflate)],
])

/** Tensors hardly shrink, however much effort is spent. */
const OPTIONS = { level: constants.Z_BEST_SPEED }

/**
 * The content encoding a client prefers among those the server can produce; undefined for none.
 * @param accepted an Accept-Encoding header
 */
export function chooseEncoding(accepted: string | undefined): string | undefined {
  if (accepted === undefined || accepted === '') return undefined
  let best: string | undefined
  let bestWeight = 0
  for (const part of accepted.split(',')) {
    const [coding, ...parameters] = part.split(';').map((word) => word.trim().toLowerCase())
    const name = coding === '*' ? 'gzip' : coding
    const weight = weightOf(parameters)
    if (!ENCODERS.has(name) || weight <= bestWeight) continue
    best = name
    bestWeight = weight
  }
  return best
}

function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='))
  const weight = q === undefined ? 1 : Number(q.slice(2))
  return Number.isNaN(weight) ? 0 : weight
}

export function compress(encoding: string, bytes: Uint8Array): Promise<Uint8Array> {
  return ENCODERS.get(encoding)!(bytes, OPTIONS)
}
