/** The flags for which models are loaded and how, and how the flags work together. */

import type { Command } from 'commander'
import { InputError } from '../errors.js'
import { readArrivals } from '../io/arrivals.js'
import type { Arrivals, ModelLoad } from '../load/model-load.js'
import { MOST_RATE } from '../quantities.js'
import { recordedGaps } from '../schedule/arrivals.js'
import type { Demand, DemandModel } from '../workload/demand.js'
import { gathered, numberAbove } from './command.js'
import { FLAGS, type ModelSetting, modelSetting, type Settings } from './load-settings.js'

export interface ModelOptions extends Settings {
  readonly demand?: string
  readonly model?: readonly ModelSetting[]
  readonly scale: number
}

/** Adds `--model` and a flag for each setting. */
export function addModelOptions(command: Command): Command {
  command
    .option(
      '--model <name>',
      'a model, with settings of its own behind it: NAME,rate=50,target=20; may be repeated (default: every model that is ready)',
      gathered(modelSetting),
    )
    .option(
      '--demand <demand>',
      'load the models of a demand: a file, or MODEL/SAMPLES:RATE@TARGET+…',
    )
    .option('--scale <x>', 'multiply every rate', numberAbove(0), 1)
  for (const [name, { argument, says, parse }] of Object.entries(FLAGS)) {
    if (name !== 'version') command.option(`--${name} ${argument}`, says, parse)
  }
  return command
}

/**
 * The loads that the flags ask for. They are for the models that are ready, unless the flags name
 * others.
 * @param demand the demand named by `--demand`
 */
export function modelLoads(
  options: ModelOptions,
  ready: readonly string[],
  demand?: Demand,
): ModelLoad[] {
  const loads = askedLoads(options, ready, demand)
  for (const { model, arrivals } of loads) {
    if (arrivals.kind === 'closed' || arrivals.ratePerS <= MOST_RATE) continue
    const expected = `at most ${MOST_RATE} requests/s of ${model}`
    throw new InputError({ file: '--scale', expected, found: `${arrivals.ratePerS}` })
  }
  return loads
}

function askedLoads(options: ModelOptions, ready: readonly string[], demand?: Demand): ModelLoad[] {
  if (demand !== undefined) {
    checkStandsAlone(options)
    return demand.models.map((one) => demandLoad(one, options, ready))
  }
  const asked = options.model ?? ready.map((model) => ({ model, settings: {} }))
  return asked.map(({ model, settings }) => modelLoad(model, settings, options))
}

function modelLoad(model: string, own: Settings, options: ModelOptions): ModelLoad {
  const {
    samples = 1,
    quantile = 0.99,
    target,
    priority,
    deadline,
    version,
  } = { ...options, ...own }
  return {
    model,
    version,
    samples,
    arrivals: arrivalsOf(own, options),
    targetMs: target,
    quantile,
    priority,
    deadlineMs: deadline,
  }
}

/** A demand specifies everything about its models, so other flags must not. */
function checkStandsAlone(options: ModelOptions): void {
  const own = [
    'model',
    'rate',
    'cv',
    'trace',
    'concurrency',
    'samples',
    'target',
    'quantile',
  ] as const
  const beside = own.find((flag) => options[flag] !== undefined)
  if (beside === undefined) return
  const expected = 'no flag of models beside it, but --scale'
  throw new InputError({ file: '--demand', expected, found: `--${beside}` })
}

/**
 * The server's name for a model: the demand's name, else the model's name with its samples, else the
 * model's name alone.
 */
function servedName({ name, model, samples }: DemandModel, ready: readonly string[]): string {
  return [name, `${model}-${samples}`].find((one) => ready.includes(one)) ?? model
}

function demandLoad(
  demanded: DemandModel,
  { scale, priority, deadline }: ModelOptions,
  ready: readonly string[],
): ModelLoad {
  const { ratePerSecond, arrivals, samples, targetUs, quantile } = demanded
  return {
    model: servedName(demanded, ready),
    samples,
    arrivals: { kind: 'open', ratePerS: ratePerSecond * scale, process: arrivals },
    targetMs: targetUs / 1000,
    quantile,
    priority,
    deadlineMs: deadline,
  }
}

/** A model's own setting of its arrivals replaces the setting for all models. */
function arrivalsOf(own: Settings, options: ModelOptions): Arrivals {
  const saysOwn = ['rate', 'trace', 'concurrency'].some((key) => key in own)
  const { rate, trace, concurrency = 1 } = saysOwn ? own : options
  const { cv = 1 } = { ...options, ...own }
  const isOpen = rate !== undefined || trace !== undefined
  if (isOpen && concurrency !== 1) {
    const expected = 'either a rate or trace, or a concurrency'
    throw new InputError({ file: '--concurrency', expected, found: 'both' })
  }
  if (!isOpen) return { kind: 'closed', concurrency }
  if (trace !== undefined) return traceArrivals(trace, rate, options.scale)
  const process = cv === 1 ? POISSON : ({ kind: 'gamma', coefficientOfVariation: cv } as const)
  return { kind: 'open', ratePerS: rate! * options.scale, process }
}

const POISSON = { kind: 'poisson' } as const

function traceArrivals(file: string, ratePerS: number | undefined, scale: number): Arrivals {
  const timesS = readArrivals(file).map((us) => us / 1e6)
  // Refuses a recording without gaps before anything is divided by them.
  recordedGaps(timesS, file)
  const recordedPerS = (timesS.length - 1) / (timesS[timesS.length - 1] - timesS[0])
  const process = { kind: 'trace', timesS, file } as const
  return { kind: 'open', ratePerS: (ratePerS ?? recordedPerS) * scale, process }
}
