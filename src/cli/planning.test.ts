/** What the flags of planning, of judging and of MIG ask for, before anything is planned. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { InputError } from '../errors.js'
import { isCheckable } from '../mig/settle.js'
import { DEFAULT_PARAMETERS } from '../policy/policy.js'
import { largestBatch } from '../schedule/partitions/batch-sizes.js'
import { addJudgingOptions, exitByVerdict } from './judging.js'
import { addEffortOptions, effortOf } from './mig-effort.js'
import { addMigOptions, loadMigCase } from './mig-problem.js'
import { addPlanningOptions, planningParameters } from './planning.js'

/** The options that a command makes of words, to which `add` has added its flags. */
function optionsOf<T>(add: (command: Command) => Command, words: string): T {
  const command = add(new Command())
    .exitOverride()
    .configureOutput({ outputError: () => {} })
  return command.parse(words.split(' ').filter(Boolean), { from: 'user' }).opts() as T
}

const planning = (words: string) => planningParameters(optionsOf(addPlanningOptions, words))

test('without flags policies have their own parameters, and each flag sets its own', () => {
  const { optimalityGap: _, ...defaults } = DEFAULT_PARAMETERS
  assert.deepEqual(planning(''), { parameters: defaults, mode: 'exact' })
  const words = [
    '--switch-budget 3 --slowdown other-workers --fairness solo-time --pool-streams 2',
    '--tolerance 0.2 --objective work-per-joule --search-plans 40 --seed 9 --coarse',
  ]
  assert.deepEqual(planning(words.join(' ')), {
    parameters: {
      ...{ switchBudget: 3, slowdown: 'other-workers', fairness: 'solo-time', poolStreams: 2 },
      ...{ tolerance: 0.2, objective: 'work-per-joule', searchPlans: 40, seed: 9 },
    },
    mode: 'coarse',
  })
  for (const wrong of [
    '--switch-budget -1',
    '--tolerance 0',
    '--search-plans 0',
    '--slowdown me',
  ]) {
    assert.throws(() => planning(wrong), { exitCode: 1 }, wrong)
  }
})

test('plans are judged for so long, so many times, and only a kept target exits with 0', () => {
  const judging = (words: string) => optionsOf((command) => addJudgingOptions(command, '3'), words)
  assert.deepEqual(judging(''), {})
  assert.deepEqual(judging('--seconds 0.5 --runs 2'), { seconds: 0.5, runs: 2 })
  assert.throws(() => judging('--runs 0'), { exitCode: 1 })
  assert.throws(() => judging('--seconds 1e-7'), { exitCode: 1 })
  const codes = (['met', 'missed', 'unclear', undefined] as const).map((verdict) => {
    const { exitCode } = process
    process.exitCode = undefined
    exitByVerdict(verdict)
    const code = process.exitCode
    process.exitCode = exitCode
    return code
  })
  assert.deepEqual(codes, [undefined, 3, 3, undefined])
})

const migCase = (words: string) => loadMigCase(optionsOf(addMigOptions, words))

test('a target of MIG is in ms, or a multiple of the largest batch on the whole GPU', () => {
  const [once, thrice] = ['--sla 1.5', '--sla 4.5'].map((words) => migCase(words).problem)
  assert.ok(Math.abs(thrice.slaUs / once.slaUs - 3) < 1e-12)
  const { slaUs, quantile, gpus, gpu } = migCase('--sla-ms 40 --quantile 99 --gpus 3').problem
  assert.deepEqual([slaUs, quantile, gpus, gpu.name], [40_000, 0.99, 3, 'h200'])
  assert.equal(migCase('').problem.quantile, 0.95)
  assert.equal(largestBatch(migCase('--max-batch 4').problem.distribution), 4)
  for (const [words, file] of [
    ['--max-batch 1000', '--max-batch'],
    ['--quantile 100', '--quantile'],
    ['--arrivals some', '--arrivals'],
    ['--sla-ms 0.001', '--sla-ms'],
    ['--sla 0.001', '--sla'],
    ['--gpu abacus', '--gpu'],
    ['--model abacus', '--model'],
  ]) {
    assert.throws(
      () => migCase(words),
      (error) => error instanceof InputError && error.problem.file === file,
      words,
    )
  }
})

test('MIG is simulated by 8000 requests and 2000 for each GPU, as often as is asked for', () => {
  const effort = (words: string, gpus: number) =>
    effortOf(
      {
        seed: 5,
        ...optionsOf<Omit<Parameters<typeof effortOf>[0], 'seed'>>(addEffortOptions, words),
      },
      gpus,
    )
  assert.deepEqual(effort('', 3), {
    ...{ requests: 14_000, replications: 4, tolerance: 0.005, seed: 5 },
    ...{ elsa: { alpha: 1, beta: 1 }, estimateNoise: 0 },
  })
  const words = '--requests 200 --replications 7 --elsa-alpha 2 --elsa-beta 0 --estimate-noise 0.1'
  assert.deepEqual(effort(words, 3), {
    ...{ requests: 200, replications: 7, tolerance: 0.005, seed: 5 },
    ...{ elsa: { alpha: 2, beta: 0 }, estimateNoise: 0.1 },
  })
  assert.equal(effort('--requests 10000000 --replications 2', 1).requests, 1e7)
  assert.throws(() => effort('--requests 10000001 --replications 2', 1), {
    message: /^--requests: expected at most 20000000 over all .*, found 10000001 in each of 2$/,
  })
  assert.deepEqual([1, 2, 3].map(isCheckable), [true, true, false])
})
