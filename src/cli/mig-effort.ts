import type { Command } from 'commander'
import { InputError } from '../errors.js'
import type { Effort } from '../mig/evaluate.js'
import { atMost, numberAbove, numberFrom, wholeNumber } from './command.js'

/** The most requests that are kept in memory so that they can be run repeatedly: 240 MB. */
const MOST_REQUESTS = 2e7
/** Estimates that are off by more than this are meaningless. */
const MOST_NOISE = 10

/** How thoroughly plans are simulated, and ELSA's factors. */
export interface EffortOptions {
  readonly requests?: number
  readonly replications: number
  readonly seed: number
  readonly elsaAlpha: number
  readonly elsaBeta: number
  readonly estimateNoise: number
}

export function addEffortOptions(command: Command): Command {
  return command
    .option(
      '--requests <n>',
      'requests per replication (default: 8000 and 2000 per GPU)',
      wholeNumber(200),
    )
    .option('--replications <n>', 'replications, for the confidence interval', wholeNumber(1), 4)
    .option('--elsa-alpha <a>', "ELSA's weight of estimated completion times", numberAbove(0), 1)
    .option('--elsa-beta <b>', "ELSA's weight of a request's own time", numberFrom(0), 1)
    .option(
      '--estimate-noise <s>',
      'standard deviation of what launches take, as a share of the estimate',
      atMost(MOST_NOISE, numberFrom(0)),
      0,
    )
    .option('--json', 'print JSON')
}

export function effortOf(options: EffortOptions, gpus: number): Effort {
  const { replications, seed, estimateNoise } = options
  const requests = options.requests ?? 8000 + 2000 * gpus
  if (requests * replications > MOST_REQUESTS) {
    const expected = `at most ${MOST_REQUESTS} over all replications`
    const found = `${requests} in each of ${replications}`
    throw new InputError({ file: '--requests', expected, found })
  }
  const elsa = { alpha: options.elsaAlpha, beta: options.elsaBeta }
  return { requests, replications, tolerance: 0.005, seed, elsa, estimateNoise }
}
