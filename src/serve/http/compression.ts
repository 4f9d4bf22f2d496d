import { type Encoding, isEncoding } from '../codecs.js'

/**
 * The content encoding a client prefers among those the server can produce; undefined for none.
 * @param accepted an Accept-Encoding header
 */
export function chooseEncoding(accepted: string | undefined): Encoding | undefined {
  if (accepted === undefined || accepted === '') return undefined
  let best: Encoding | undefined
  let bestWeight = 0
  for (const part of accepted.split(',')) {
    const [coding, ...parameters] = part.split(';').map((word) => word.trim().toLowerCase())
    const name = coding === '*' ? 'gzip' : coding
    const weight = weightOf(parameters)
    if (!isEncoding(name) || weight <= bestWeight) continue
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
