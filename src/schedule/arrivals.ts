import { describe, InputError } from '../errors.js'
import { mean } from '../numbers.js'
import type { Random } from '../random.js'

/**
 * A stream of gaps between arrivals whose long-run mean is 1. Dividing by a rate gives arrivals at
 * that rate with the same randomness, which is what makes runs at two rates comparable.
 */
export interface UnitGaps {
  next(): number
}

/** Poisson arrivals, that is, independent gaps with an exponential distribution. */
export function poissonGaps(random: Random): UnitGaps {
  return { next: () => random.exponential(1) }
}

/**
 * Independent gamma-distributed gaps with a coefficient of variation (standard deviation over mean):
 * 1 is Poisson, 0 evenly spaced, above 1 comes in clumps. Drawn by rejection (Marsaglia and Tsang,
 * "A simple method for generating gamma variables", 2000), for shapes below 1 with their section 6.
 * @param variation coefficient of variation, at least 0
 */
export function gammaGaps(random: Random, variation: number): UnitGaps {
  const shape = 1 / variation ** 2
  if (shape === Number.POSITIVE_INFINITY) return constantGaps()
  if (shape === 1) return poissonGaps(random)
  if (shape >= 1) return { next: () => gammaAtLeastOne(random, shape) / shape }
  return {
    next: () => (gammaAtLeastOne(random, shape + 1) * random.uniform() ** (1 / shape)) / shape,
  }
}

/** A gamma variable of scale 1 and a shape of at least 1. */
function gammaAtLeastOne(random: Random, shape: number): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = random.normal()
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - random.uniform()) < x ** 2 / 2 + d * (1 - v + Math.log(v))) {
      return d * v
    }
  }
}

export interface Burstiness {
  /** How many times faster requests come in a burst than outside, above 1. */
  readonly factor: number
  /** Mean number of requests in a burst. */
  readonly length: number
  /**
   * Share of all requests that come in bursts: above 0, and below length / (length + 1), since
   * every calm spell has at least one request.
   */
  readonly share: number
}

const DEFAULT_BURSTS: Burstiness = { factor: 5, length: 50, share: 0.5 }

/**
 * Bursty arrivals. A Markov chain moves between a calm and a bursty state from one request to the
 * next; gaps are exponential, and `factor` times shorter on average in a burst. This is a
 * Markov-modulated Poisson process observed at its arrivals.
 */
export function burstyGaps(random: Random, bursts: Burstiness = DEFAULT_BURSTS): UnitGaps {
  const { factor, length, share } = bursts
  // share * burstGap + (1 - share) * factor * burstGap = 1
  const burstGap = 1 / (share + (1 - share) * factor)
  const leaveBurst = 1 / length
  // Flow balance: share * leaveBurst = (1 - share) * enterBurst
  const enterBurst = (share * leaveBurst) / (1 - share)
  let inBurst = random.uniform() < share
  return {
    next() {
      const leaves = random.uniform() < (inBurst ? leaveBurst : enterBurst)
      if (leaves) inBurst = !inBurst
      return random.exponential(inBurst ? burstGap : burstGap * factor)
    },
  }
}

/** Arrivals at perfectly regular intervals. */
export function constantGaps(): UnitGaps {
  return { next: () => 1 }
}

/**
 * The gaps between recorded arrivals, scaled to a mean of 1. The recording starts over when it runs
 * out.
 * @param timesS arrival times in seconds, not decreasing
 * @param file the name to give in an error
 * @throws InputError if there are fewer than two distinct times, or if they decrease
 */
export function recordedGaps(timesS: readonly number[], file: string): UnitGaps {
  const gaps: number[] = []
  for (let i = 1; i < timesS.length; i++) {
    const gap = timesS[i] - timesS[i - 1]
    if (!(gap >= 0)) {
      throw new InputError({
        file,
        path: `line ${i + 1}`,
        expected: `a time not before ${timesS[i - 1]}`,
        found: describe(timesS[i]),
      })
    }
    gaps.push(gap)
  }
  const meanGap = mean(gaps)
  if (!(meanGap > 0)) {
    throw new InputError({
      file,
      expected: 'at least two different arrival times',
      found: `${timesS.length} time(s) without a gap`,
    })
  }
  let at = 0
  return {
    next() {
      const gap = gaps[at] / meanGap
      at = (at + 1) % gaps.length
      return gap
    },
  }
}
