import { dirname } from 'node:path'
import { SHIPPED_DEVICE } from '../device/default-device.js'
import type { Device } from '../device/device.js'
import { InputError } from '../errors.js'
import { sum } from '../numbers.js'
import { checkProfile } from '../profile/check.js'
import type { Profile } from '../profile/profile.js'
import { MOST_WORKERS } from '../quantities.js'
import { withDistinctNames } from '../workload/names.js'
import type { Load, Scenario, ScenarioWorker } from '../workload/scenario.js'
import { parseShorthand } from '../workload/shorthand.js'
import { type Workload, type WorkloadWorker, workloadSchema } from '../workload/workload.js'
import { readArrivals } from './arrivals.js'
import { type Asked, loadDevice, loadProfile, readProfile } from './library.js'
import { fileNamed, namedFrom } from './named-files.js'
import { isFileThere, readFile } from './read.js'
import { validate } from './validate.js'

const MEANT = 'a workload file, or a mix such as vgg19/8+2*albert/1'

/**
 * The scenario of a workload file, or of a mix such as `vgg19/8+albert/1`.
 * @param device overrides the workload's device; a mix names none, and is for the h200 without it
 * @throws InputError if the file, or anything it names, is wrong
 */
export function loadScenario(workload: string, device?: string): Scenario {
  const mix = mixOf(workload)
  const parsed = mix ?? readFile(workload, workloadSchema, MEANT)
  const folder = mix ? '.' : dirname(workload)
  return resolveWorkload(parsed, workload, folder, device)
}

/**
 * The scenario of a workload that is given as data. Names in it are looked up from the current
 * folder.
 * @param device overrides the workload's device
 * @throws InputError if the workload, or anything it names, is wrong
 */
export function scenarioOfWorkload(workload: Workload, device?: string): Scenario {
  const checked = validate(workload, workloadSchema, 'the workload')
  return resolveWorkload(checked, 'the workload', '.', device)
}

/**
 * The workload of a mix in shorthand, on the h200; undefined if the text is the name of a file.
 * @throws InputError for a mix that is incomplete
 */
export function mixOf(text: string): Workload | undefined {
  const workers = isFileThere(text) ? undefined : parseShorthand(text)
  if (workers === undefined) return undefined
  const workload = { format: 'eclip.workload/1', device: SHIPPED_DEVICE, workers }
  return validate(workload, workloadSchema, text)
}

/** Reads everything that a workload names: device, profiles and traces, relative to the workload's folder. */
function resolveWorkload(
  workload: Workload,
  file: string,
  folder: string,
  otherDevice?: string,
): Scenario {
  const device = loadDevice(otherDevice ?? namedFrom(folder, workload.device), file, 'device')
  const asked = sum(workload.workers.map(({ replicas }) => replicas))
  if (asked > MOST_WORKERS) {
    const expected = `at most ${MOST_WORKERS} workers, replicas counted`
    throw new InputError({ file, path: 'workers', expected, found: `${asked}` })
  }
  const workers = workload.workers.flatMap((worker, i) =>
    resolveWorker(worker, device, { file, path: `workers[${i}]` }, folder),
  )
  return { device, workers: withDistinctNames(workers) }
}

function resolveWorker(
  worker: WorkloadWorker,
  device: Device,
  place: Asked,
  folder: string,
): ScenarioWorker[] {
  const profile =
    worker.profile !== undefined
      ? readOwnProfile(
          fileNamed(folder, worker.profile, { ...place, path: `${place.path}.profile` }),
          device,
        )
      : loadProfile(device.name, worker.model ?? '', worker.batch ?? 1, place)
  const load = resolveLoad(worker.load, { ...place, path: `${place.path}.load` }, folder)
  // A deadline counts as a target as well, so that plans are made for it.
  const { p95TargetMs = load.kind === 'periodic' ? load.deadlineUs / 1000 : undefined } = worker
  const resolved: ScenarioWorker = {
    name: `${profile.model}/${profile.batch}`,
    profile,
    load,
    priorityClass: worker.priorityClass,
    minimumShare: worker.minimumShare,
    ...(p95TargetMs !== undefined && { p95TargetMs }),
  }
  return Array.from({ length: worker.replicas }, () => resolved)
}

/** A profile file of the user's, checked against the device on which it will run. */
function readOwnProfile(file: string, device: Device): Profile {
  const profile = readProfile(file)
  checkProfile(profile, device, file)
  return profile
}

function resolveLoad(load: WorkloadWorker['load'], place: Asked, folder: string): Load {
  if (load === 'closed') return { kind: 'closed' }
  if ('poisson' in load) return { kind: 'poisson', ratePerSecond: load.poisson }
  if ('periodic' in load) {
    const { everyMs, offsetMs, deadlineMs = everyMs } = load.periodic
    const [everyUs, offsetUs, deadlineUs] = [1000 * everyMs, 1000 * offsetMs, 1000 * deadlineMs]
    return { kind: 'periodic', everyUs, offsetUs, deadlineUs }
  }
  const file = fileNamed(folder, load.trace, { ...place, path: `${place.path}.trace` })
  return { kind: 'trace', arrivalsUs: arrivalsFromStart(file) }
}

/** Nobody simulates ten years, and clocks that count from 1970 are beyond that. */
const LATEST_FIRST_US = 10 * 365 * 86_400e6

/** The times of a trace that begins near 0. Its seconds are not shifted, as they may be those of other workers too. */
function arrivalsFromStart(file: string): number[] {
  const arrivalsUs = readArrivals(file)
  const [firstUs] = arrivalsUs
  if (firstUs <= LATEST_FIRST_US) return arrivalsUs
  const expected = 'seconds from the start (subtract the earliest time of all traces from each)'
  throw new InputError({ file, expected, found: `a first arrival after ${firstUs / 1e6} s` })
}
