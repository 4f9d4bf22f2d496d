import type { Command } from 'commander'
import type { Verdict } from '../plan/judgement.js'
import { numberFrom, wholeNumber } from './command.js'
import { NOT_KEPT } from './exit-codes.js'

/** The flags on how plans are judged. */
export interface JudgingFlags {
  readonly seconds?: number
  readonly runs?: number
}

/** A microsecond, within which not even the shortest kernels end. */
const LEAST_SECONDS = 1e-6

/** What `--help` says about exit codes. */
const EXIT_HELP = `
Exit codes: 0; 1 if the work failed; 2 for bad input; 3 if the plan misses a target, or is too close
to it to promise that it is kept.`

/**
 * Adds the options for how long and how many times a plan is simulated to judge it.
 * @param runs the default number of runs, for help
 */
export function addJudgingOptions(command: Command, runs: string): Command {
  return command
    .option(
      '--seconds <s>',
      'simulated time of each run (default: 1; with open loads as long as they need)',
      numberFrom(LEAST_SECONDS),
    )
    .option(
      '--runs <n>',
      `runs of different seeds (default: ${runs}; with targets 4 to 16, until they are decided)`,
      wholeNumber(1),
    )
    .addHelpText('after', EXIT_HELP)
}

/** Makes the process exit with 3 unless every target is certain to be met. */
export function exitByVerdict(verdict: Verdict | undefined): void {
  if (verdict === 'missed' || verdict === 'unclear') process.exitCode = NOT_KEPT
}
