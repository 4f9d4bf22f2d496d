import { ENCODINGS, type Encoding } from '../tensors/codecs.js'

/**
 * The content encoding that a client prefers among those the server can produce; undefined for none.
 * @param accepted an Accept-Encoding header (RFC 9110, section 12.5.3)
 */
export function chooseEncoding(accepted: string | undefined): Encoding | undefined {
  if (accepted === undefined || accepted === '') return undefined
  const weights = new Map(accepted.split(',').map(weightedCoding))
  // A star stands for every encoding that is not named.
  const others = weights.get('*') ?? 0
  let best: Encoding | undefined
  let bestWeight = weights.get('identity') ?? 0
  for (const name of ENCODINGS) {
    const weight = weights.get(name) ?? others
    // At equal weights an encoding goes before none, because the client has asked for it.
    if (weight === 0 || weight < bestWeight || (weight === bestWeight && best !== undefined))
      continue
    best = name
    bestWeight = weight
  }
  return best
}

function weightedCoding(part: string): [string, number] {
  const [coding, ...parameters] = part.split(';').map((word) => word.trim().toLowerCase())
  return [coding, weightOf(parameters)]
}

function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='))
  const weight = q === undefined ? 1 : Number(q.slice(2))
  return Number.isNaN(weight) ? 0 : weight
}
