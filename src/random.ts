import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A seeded source of uniform numbers; the only source of randomness in the pure rooms. */
export interface Random {
  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number
  /** Uniform integer in [0, bound). */
  integer(bound: number): number
  /** Exponential with the given mean (inversion). */
  exponential(mean: number): number
  /** Standard normal (Box and Muller). */
  normal(): number
}

/**
 * xoroshiro128+ seeded with a 32-bit integer. The first draws of small seeds are far from uniform
 * (seed 42 starts at 0.9999994), so they are dropped.
 */
export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed | 0)
  for (let i = 0; i < 16; i++) generator.next()
  const uniform = (): number => (generator.next() >>> 0) / 0x1_0000_0000
  return {
    uniform,
    integer: (bound) => Math.floor(uniform() * bound),
    exponential: (meanValue) => -Math.log(1 - uniform()) * meanValue,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  }
}
