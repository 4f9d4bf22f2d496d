/** The flags that say which models are loaded and how, and what they mean together. */
import { type Command, InvalidArgumentError } from 'commander'
import { describe, InputError } from '../errors.js'
import { loadDemand } from '../io/demand.js'
import { readArrivals } from '../io/scenario.js'
import type { Arrivals, ModelLoad } from '../load/model-load.js'
import type { DemandModel } from '../workload/demand.js'
import { gathered, numberAbove, numberFrom, wholeNumber } from './command.js'

/** What can be set for all models by a flag, or for one inside `--model`. */
interface Settings {
  readonly rate?: number
  readonly cv?: number
  readonly trace?: string
  readonly concurrency?: number
  readonly samples?: number
  readonly target?: number
  readonly quantile?: number
  readonly priority?: number
  readonly deadline?: number
  readonly version?: string
}

export interface ModelOptions extends Settings {
  readonly demand?: string
  readonly model?: readonly ModelSetting[]
  readonly scale: number
}

interface ModelSetting {
  readonly model: string
  readonly settings: Settings
}

interface SettingFlag {
  readonly argument: string
  readonly says: string
  readonly parse: (text: string) => number | string
}

const FLAGS: Readonly<Record<keyof Settings, SettingFlag>> = {
  rate: {
    argument: '<r>',
    says: 'requests per second, sent when they are due (default: one request after another)',
    parse: numberAbove(0),
  },
  cv: {
    argument: '<c>',
    says: 'coefficient of variation of the gaps: 0 even, 1 Poisson (the default), above 1 in clumps',
    parse: numberFrom(0),
  },
  trace: {
    argument: '<file>',
    says: 'arrival times in seconds, one a line; at their own rate, or at --rate',
    parse: String,
  },
  concurrency: {
    argument: '<n>',
    says: 'closed loop: so many requests under way, each followed by the next',
    parse: wholeNumber(1),
  },
  samples: { argument: '<n>', says: 'samples in a request (default: 1)', parse: wholeNumber(1) },
  target: { argument: '<ms>', says: 'latency that requests should keep to', parse: numberAbove(0) },
  quantile: {
    argument: '<q>',
    says: 'share of the requests that should (default: 0.99)',
    parse: share,
  },
  priority: { argument: '<n>', says: 'sent as the parameter priority', parse: wholeNumber(0) },
  deadline: {
    argument: '<ms>',
    says: 'sent as the parameter timeout: what cannot be answered by then may be dropped',
    parse: numberAbove(0),
  },
  version: { argument: '<v>', says: 'version of the model', parse: String },
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

/** The loads that the flags ask for, of the models that are ready unless the flags name others. */
export function modelLoads(options: ModelOptions, ready: readonly string[]): ModelLoad[] {
  if (options.demand !== undefined) {
    checkStandsAlone(options)
    return loadDemand(options.demand).models.map((one) => demandLoad(one, options, ready))
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

/** A demand says everything of its models. */
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
  throw new InputError({ file: '--demand', path: '', expected, found: `--${beside}` })
}

/** A server names a model as the demand does, or as the model is called. */
function demandLoad(
  { name, model, ratePerSecond, arrivals, samples, targetUs, quantile }: DemandModel,
  { scale, priority, deadline }: ModelOptions,
  ready: readonly string[],
): ModelLoad {
  return {
    model: ready.includes(name) ? name : model,
    samples,
    arrivals: { kind: 'open', ratePerS: ratePerSecond * scale, process: arrivals },
    targetMs: targetUs / 1000,
    quantile,
    priority,
    deadlineMs: deadline,
  }
}

/** What a model says of its own arrivals replaces what is said for all. */
function arrivalsOf(own: Settings, options: ModelOptions): Arrivals {
  const saysOwn = ['rate', 'trace', 'concurrency'].some((key) => key in own)
  const { rate, trace, concurrency = 1 } = saysOwn ? own : options
  const { cv = 1 } = { ...options, ...own }
  const isOpen = rate !== undefined || trace !== undefined
  if (isOpen && concurrency !== 1) {
    const expected = 'either a rate or trace, or a concurrency'
    throw new InputError({ file: '--concurrency', path: '', expected, found: 'both' })
  }
  if (!isOpen) return { kind: 'closed', concurrency }
  if (trace !== undefined) return traceArrivals(trace, rate, options.scale)
  const process = cv === 1 ? POISSON : ({ kind: 'gamma', coefficientOfVariation: cv } as const)
  return { kind: 'open', ratePerS: rate! * options.scale, process }
}

const POISSON = { kind: 'poisson' } as const

function traceArrivals(file: string, ratePerS: number | undefined, scale: number): Arrivals {
  const timesS = readArrivals(file).map((us) => us / 1e6)
  const recordedPerS = (timesS.length - 1) / (timesS[timesS.length - 1] - timesS[0])
  const process = { kind: 'trace', timesS, file } as const
  return { kind: 'open', ratePerS: (ratePerS ?? recordedPerS) * scale, process }
}

/** `resnet50,rate=200,target=20` */
function modelSetting(text: string): ModelSetting {
  const [model, ...pairs] = text.split(',')
  if (model === '' || model.includes('=')) {
    throw new InvalidArgumentError(`expected the name of a model first, found ${describe(text)}.`)
  }
  const settings = pairs.map((pair): [string, number | string] => {
    const [key, value = ''] = pair.split(/=(.*)/s)
    const flag = Object.hasOwn(FLAGS, key) ? FLAGS[key as keyof Settings] : undefined
    if (flag !== undefined && value !== '') return [key, flag.parse(value)]
    const known = Object.keys(FLAGS).join(', ')
    throw new InvalidArgumentError(`expected KEY=VALUE with a key of ${known}, found "${pair}".`)
  })
  return { model, settings: Object.fromEntries(settings) }
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value <= 1) return value
  throw new InvalidArgumentError(`expected a share from 0 to 1, found "${text}".`)
}
