/**
 * The settings of a model's load. Each is set by a flag for all models, or inside `--model` for
 * one.
 */
import { InvalidArgumentError } from 'commander'
import { describe } from '../errors.js'
import { atMost, numberAbove, numberFrom, requestsPerSecond, wholeNumber } from './command.js'

const MOST_VARIATION = 20
const MOST_CONCURRENCY = 10_000
const MOST_SAMPLES = 2 ** 20
const LONGEST_MS = 3.6e6

/** What can be set by a flag for all models, or inside `--model` for one. */
export interface Settings {
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

export interface ModelSetting {
  readonly model: string
  readonly settings: Settings
}

interface SettingFlag {
  readonly argument: string
  readonly says: string
  readonly parse: (text: string) => number | string
}

export const FLAGS: Readonly<Record<keyof Settings, SettingFlag>> = {
  rate: {
    argument: '<r>',
    says: 'requests per second, sent when they are due (default: one request after another)',
    parse: requestsPerSecond,
  },
  cv: {
    argument: '<c>',
    says: 'coefficient of variation of the gaps: 0 even, 1 Poisson (the default), above 1 in clumps',
    parse: atMost(MOST_VARIATION, numberFrom(0)),
  },
  trace: {
    argument: '<file>',
    says: 'arrival times in seconds, one a line; at their own rate, or at --rate',
    parse: String,
  },
  concurrency: {
    argument: '<n>',
    says: 'closed loop: so many requests under way, each followed by the next',
    parse: atMost(MOST_CONCURRENCY, wholeNumber(1)),
  },
  samples: {
    argument: '<n>',
    says: 'samples in a request (default: 1)',
    parse: atMost(MOST_SAMPLES, wholeNumber(1)),
  },
  target: {
    argument: '<ms>',
    says: 'latency that requests should keep to',
    parse: atMost(LONGEST_MS, numberAbove(0)),
  },
  quantile: {
    argument: '<q>',
    says: 'share of the requests that should (default: 0.99)',
    parse: atMost(1, numberAbove(0)),
  },
  priority: { argument: '<n>', says: 'sent as the parameter priority', parse: wholeNumber(0) },
  deadline: {
    argument: '<ms>',
    says: 'sent as the parameter timeout: what cannot be answered by then may be dropped',
    parse: atMost(LONGEST_MS, numberAbove(0)),
  },
  version: { argument: '<v>', says: 'version of the model', parse: String },
}

/** `resnet50,rate=200,target=20` */
export function modelSetting(text: string): ModelSetting {
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
