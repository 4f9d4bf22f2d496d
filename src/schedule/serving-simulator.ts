import type { UnitGaps } from './arrivals.js'
import { ServedCounts } from './served-counts.js'
import { ServingCore, type ServingSetup } from './serving-core.js'
import { type RunningLaunch, type ServiceModel, SharedDevice } from './shared-device.js'

/** The requests of one model: how many a second, how they are spaced, and how large they are. */
export interface RequestStream {
  /** Gaps of mean 1; divided by the rate they become seconds. */
  readonly gaps: UnitGaps
  readonly ratePerS: number
  readonly samples: number
}

export interface ServingRun {
  readonly setup: ServingSetup
  /** One per model of the setup. */
  readonly streams: readonly RequestStream[]
  readonly service: ServiceModel
  /** Arrivals before this time do not count; queues fill meanwhile. */
  readonly warmupUs: number
  /** No request arrives after this time; those that came are served to their end. */
  readonly endUs: number
  /** Stop as soon as some model has missed more than this share of what it may be offered. */
  readonly stopAtMissed?: number
}

export interface ServingResult {
  readonly models: readonly ServedCounts[]
  /** Time with so many launches on the device, in µs, from 0 on. */
  readonly runningUs: readonly number[]
  /** True if `stopAtMissed` ended the run. */
  readonly stopped: boolean
}

/**
 * Serves request streams in virtual time: the scheduling core decides, and the device runs what it
 * launches. At equal times an end comes before an arrival.
 */
export function simulateServing(run: ServingRun): ServingResult {
  const { setup, streams, service, warmupUs, endUs, stopAtMissed = Number.POSITIVE_INFINITY } = run
  const models = setup.models.map(() => new ServedCounts())
  const mayMiss = streams.map(
    ({ ratePerS }) => stopAtMissed * ratePerS * ((endUs - warmupUs) / 1e6) + 1,
  )
  const device = new SharedDevice(service, setup.instances.length)
  const runningUs = new Array<number>(setup.instances.length + 1).fill(0)
  let nowUs = 0
  let stopped = false

  const checkMissed = (model: number): void => {
    if (models[model].missed > mayMiss[model]) stopped = true
  }

  const core = new ServingCore(setup, {
    launch(instance, batch, level, requests) {
      const model = setup.instances[instance]
      device.launch(nowUs, { instance, model, batch, level, requests })
      if (nowUs < warmupUs) return
      models[model].launches++
      for (const { samples } of requests) models[model].samples += samples
    },
    drop({ arrivalUs }, model) {
      if (arrivalUs < warmupUs) return
      models[model].dropped++
      checkMissed(model)
    },
  })

  const end = ({ instance, model, requests }: RunningLaunch): void => {
    for (const { arrivalUs, deadlineUs } of requests) {
      if (arrivalUs < warmupUs) continue
      models[model].answer(nowUs - arrivalUs, nowUs <= deadlineUs)
      checkMissed(model)
    }
    core.finish(nowUs, instance)
  }

  const nextUs = streams.map(({ gaps, ratePerS }) => (gaps.next() / ratePerS) * 1e6)
  let tag = 0
  const arrive = (model: number): void => {
    const { gaps, ratePerS, samples } = streams[model]
    nextUs[model] = nowUs + (gaps.next() / ratePerS) * 1e6
    if (nowUs >= warmupUs) models[model].offered++
    const { targetUs, priorityClass } = setup.models[model]
    const deadlineUs = nowUs + targetUs
    core.arrive(nowUs, model, { tag: tag++, samples, arrivalUs: nowUs, deadlineUs, priorityClass })
  }

  while (!stopped) {
    const first = indexOfLeast(nextUs)
    const arrivalUs = nextUs[first] <= endUs ? nextUs[first] : Number.POSITIVE_INFINITY
    const deviceUs = device.nextUs
    const thenUs = Math.min(arrivalUs, deviceUs, core.wakeAtUs)
    if (thenUs === Number.POSITIVE_INFINITY) break
    if (thenUs > warmupUs) runningUs[device.running] += thenUs - Math.max(nowUs, warmupUs)
    nowUs = thenUs
    if (deviceUs === thenUs) {
      const ended = device.step()
      if (ended) end(ended)
    } else if (arrivalUs === thenUs) arrive(first)
    else core.wake(nowUs)
  }
  return { models, runningUs, stopped }
}

function indexOfLeast(values: readonly number[]): number {
  let least = 0
  for (let i = 1; i < values.length; i++) if (values[i] < values[least]) least = i
  return least
}
