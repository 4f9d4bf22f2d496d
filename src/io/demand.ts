import { dirname } from 'node:path'
import { SHIPPED_DEVICE } from '../device/default-device.js'
import type { Device } from '../device/device.js'
import { describe, InputError } from '../errors.js'
import { soloUs } from '../profile/duration.js'
import type { Profile } from '../profile/profile.js'
import { MOST_WORKERS } from '../quantities.js'
import {
  type ArrivalProcess,
  type Demand,
  type DemandFile,
  type DemandFileModel,
  type DemandModel,
  demandSchema,
} from '../workload/demand.js'
import { withDistinctNames } from '../workload/names.js'
import { readArrivals } from './arrivals.js'
import { type Asked, loadDevice, loadProfile, profiledBatches } from './library.js'
import { fileNamed, namedFrom } from './named-files.js'
import { formatOf, isFileThere, readFile } from './read.js'
import { validate } from './validate.js'

/** `resnet152/8:60@5x`: model, samples of a request, requests per second, target. */
const PART = /^([\w.-]+)(?:\/(\d+))?:([\d.]+)(?:\/s)?@([\d.]+)(x|ms)$/

const MEANT = 'a demand file, or models such as vgg19/8:120@8ms+albert/1:60@5x'

/**
 * The demand of a file, or of the shorthand `MODEL/SAMPLES:RATE@TARGET+…`, e.g.
 * `resnet152/8:60@5x+vgg19/8:90@20ms`.
 * @param device overrides the demand's device; the shorthand's default is h200
 * @throws InputError if the file, or anything it names, is wrong
 */
export function loadDemand(demand: string, device?: string): Demand {
  const isFile = !isShorthandDemand(demand)
  if (isFile) refuseMisspelt(demand)
  const parsed = isFile ? readFile(demand, demandSchema, MEANT) : expand(demand)
  const folder = isFile ? dirname(demand) : '.'
  return resolveDemand(parsed, demand, folder, device)
}

/** Whether a text is a demand in shorthand, which names no device, and not the name of a file. */
export function isShorthandDemand(text: string): boolean {
  return !isFileThere(text) && text.split('+').every((part) => PART.test(part))
}

/** Whether a file or shorthand is a demand rather than a workload. */
export function isDemand(text: string): boolean {
  if (!isFileThere(text)) return isShorthandDemand(text)
  return formatOf(text)?.startsWith('eclip.demand/') === true
}

/** File names rarely contain a colon before an @, so such a text was meant to be a demand. */
function refuseMisspelt(text: string): void {
  if (isFileThere(text) || !/:.*@/.test(text)) return
  const wrong = text.split('+').find((part) => !PART.test(part))
  const expected = 'MODEL/SAMPLES:RATE@TARGET, with a target as 5x or 8ms'
  throw new InputError({ file: text, expected, found: describe(wrong) })
}

function expand(text: string): DemandFile {
  const parts = text.split('+').map((part) => PART.exec(part)!)
  const models = parts.map(([, model, samples = '1', rate, target, unit]) => ({
    model,
    samples: Number(samples),
    ratePerSecond: Number(rate),
    target: unit === 'x' ? { timesSolo: Number(target) } : { ms: Number(target) },
  }))
  const demand = { format: 'eclip.demand/1', device: SHIPPED_DEVICE, models }
  return validate(demand, demandSchema, text)
}

/**
 * A demand with further models added on its device, given in shorthand.
 * @throws InputError if the text is not shorthand, names something that does not exist, or there
 * are too many models
 */
export function withAddedModels(demand: Demand, added: string, flag: string): Demand {
  if (!isShorthandDemand(added)) {
    const expected = 'MODEL/SAMPLES:RATE@TARGET, such as vgg19/8:120@8ms'
    throw new InputError({ file: flag, expected, found: describe(added) })
  }
  const models = [...demand.models, ...modelsOf(expand(added), demand.device, added, '.')]
  if (models.length > MOST_WORKERS) {
    const expected = `at most ${MOST_WORKERS} models together`
    throw new InputError({ file: flag, expected, found: `${models.length}` })
  }
  return { ...demand, models: withDistinctNames(models) }
}

function resolveDemand(
  demand: DemandFile,
  file: string,
  folder: string,
  otherDevice?: string,
): Demand {
  const device = loadDevice(otherDevice ?? namedFrom(folder, demand.device), file, 'device')
  return { device, models: withDistinctNames(modelsOf(demand, device, file, folder)) }
}

function modelsOf(
  { models }: DemandFile,
  device: Device,
  file: string,
  folder: string,
): DemandModel[] {
  return models.map((model, i) => {
    const place = { file, path: `models[${i}]` }
    const profiles = profilesOf(device.name, model, place)
    const aloneUs = soloUs(profiles[0], device)
    return {
      name: `${model.model}/${model.samples}`,
      model: model.model,
      profiles,
      ratePerSecond: model.ratePerSecond,
      arrivals: arrivalsOf(model.arrivals, place, folder),
      samples: model.samples,
      targetUs: targetUsOf(model.target, aloneUs),
      soloUs: aloneUs,
      quantile: model.quantile,
      priorityClass: model.priorityClass,
      mostInstances: model.mostInstances,
    }
  })
}

function targetUsOf(target: DemandFileModel['target'], soloUs: number): number {
  return 'timesSolo' in target ? target.timesSolo * soloUs : target.ms * 1000
}

/** The profiles that carry a request and do not exceed the largest batch, by ascending batch. */
function profilesOf(
  device: string,
  { model, samples, largestBatch }: DemandFileModel,
  place: Asked,
): Profile[] {
  const batches = profiledBatches(device, model)
  const most = Math.max(samples, largestBatch)
  const fitting = batches.filter((batch) => batch >= samples && batch <= most)
  if (batches.length > 0 && fitting.length === 0) {
    const expected = `at most ${Math.max(...batches)}, the largest profiled batch of ${model}`
    throw new InputError({ ...place, path: `${place.path}.samples`, expected, found: `${samples}` })
  }
  const wanted = fitting.length > 0 ? fitting : [samples]
  return wanted.map((batch) => loadProfile(device, model, batch, place))
}

function arrivalsOf(
  arrivals: DemandFileModel['arrivals'],
  { file: demand, path }: Asked,
  folder: string,
): ArrivalProcess {
  if (arrivals === 'poisson') return { kind: 'poisson' }
  if ('gamma' in arrivals) return { kind: 'gamma', coefficientOfVariation: arrivals.gamma }
  const asked = { file: demand, path: `${path}.arrivals.trace` }
  const file = fileNamed(folder, arrivals.trace, asked)
  return { kind: 'trace', timesS: readArrivals(file).map((us) => us / 1e6), file }
}
