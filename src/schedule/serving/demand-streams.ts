import { createRandom, type Random } from '../../random.js'
import type { ArrivalProcess, Demand, DemandModel } from '../../workload/demand.js'
import { gammaGaps, poissonGaps, recordedGaps, type UnitGaps } from '../arrivals.js'
import type { RequestStream } from './simulator.js'

/**
 * Gaps of mean 1 between a model's requests. A trace starts at a random one of its gaps, all alike, and wraps around at
 * its end.
 */
export function gapsOf(arrivals: ArrivalProcess, random: Random): UnitGaps {
  switch (arrivals.kind) {
    case 'poisson':
      return poissonGaps(random)
    case 'gamma':
      return gammaGaps(random, arrivals.coefficientOfVariation)
    case 'trace': {
      const gaps = recordedGaps(arrivals.timesS, arrivals.file)
      const places = arrivals.timesS.length - 1
      for (let skip = random.integer(places); skip > 0; skip--) gaps.next()
      return gaps
    }
  }
}

/** Arrival times in s of a model's requests at a multiple of its demand, up to `endS`. */
export function arrivalTimes(
  { arrivals, ratePerSecond }: DemandModel,
  load: number,
  endS: number,
  random: Random,
): number[] {
  const gaps = gapsOf(arrivals, random)
  const times: number[] = []
  for (let timeS = 0; ; ) {
    timeS += gaps.next() / (ratePerSecond * load)
    if (timeS > endS) return times
    times.push(timeS)
  }
}

/**
 * The random numbers behind one model's arrivals. A seed gives the same ones on the device and in
 * simulation.
 */
export function arrivalRandom(seed: number, model: number): Random {
  return createRandom(seed * 1000 + model)
}

/**
 * The requests of all models at a multiple of a demand's rates. A seed always gives the same ones.
 */
export function demandStreams(demand: Demand, load: number, seed: number): RequestStream[] {
  return demand.models.map(({ arrivals, ratePerSecond, samples }, m) => ({
    gaps: gapsOf(arrivals, arrivalRandom(seed, m)),
    ratePerS: ratePerSecond * load,
    samples,
  }))
}
