import type { UnitGaps } from './arrivals.js'
import { ServedCounts } from './served-counts.js'
import { ServingCore, type ServingSetup } from './serving-core.js'
import type { WaitingRequest } from './waiting-queue.js'

/** The requests of one model: how many a second, how they are spaced, and how large they are. */
export interface RequestStream {
  /** Gaps of mean 1; divided by the rate they become seconds. */
  readonly gaps: UnitGaps
  readonly ratePerS: number
  readonly samples: number
}

/** How fast launches run beside each other: the model of the device. */
export interface ServiceModel {
  /** Time of a launch that has the device to itself, in µs. */
  workUs(instance: number, batch: number): number
  /**
   * Speeds of the launches that run together, 1 being that of a launch alone.
   * @param running what runs, in no particular order
   * @param speeds receives one value per launch
   */
  speeds(running: readonly RunningLaunch[], speeds: Float64Array): void
}

/** A launch under way. Times in µs. */
export interface RunningLaunch {
  readonly instance: number
  readonly model: number
  readonly batch: number
  readonly level: number
  readonly requests: readonly WaitingRequest[]
  /** Work still to be done, in µs at speed 1. */
  leftUs: number
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
  /** Time with so many launches under way, in µs, from 0 on. */
  readonly runningUs: readonly number[]
  /** True if `stopAtMissed` ended the run. */
  readonly stopped: boolean
}

/**
 * Serves request streams in virtual time: the scheduling core decides, and launches that run together
 * progress at the speeds that the service model gives to each such set (processor sharing with
 * state-dependent rates). At equal times an end comes before an arrival.
 */
export function simulateServing(run: ServingRun): ServingResult {
  const { setup, streams, service, warmupUs, endUs } = run
  const models = setup.models.map(() => new ServedCounts())
  const mayMiss = streams.map(
    ({ ratePerS }) => (run.stopAtMissed ?? 1) * ratePerS * ((endUs - warmupUs) / 1e6) + 1,
  )
  const running: RunningLaunch[] = []
  const speeds = new Float64Array(setup.instances.length)
  const runningUs = new Array<number>(setup.instances.length + 1).fill(0)
  let nowUs = 0
  let stopped = false

  const checkMissed = (model: number): void => {
    if (models[model].missed > mayMiss[model]) stopped = true
  }

  const core = new ServingCore(setup, {
    launch(instance, batch, level, requests) {
      const model = setup.instances[instance]
      const leftUs = service.workUs(instance, batch)
      running.push({ instance, model, batch, level, requests, leftUs })
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

  const end = (place: number): void => {
    const { instance, model, requests } = running[place]
    running[place] = running[running.length - 1]
    running.pop()
    for (const { arrivalUs, deadlineUs } of requests) {
      if (arrivalUs < warmupUs) continue
      models[model].answer(nowUs - arrivalUs, nowUs <= deadlineUs)
      checkMissed(model)
    }
    core.finish(nowUs, instance)
  }

  const nextUs = streams.map(({ gaps, ratePerS }) => (gaps.next() / ratePerS) * 1e6)
  let tag = 0
  while (!stopped) {
    const first = indexOfLeast(nextUs)
    const arrivalUs = nextUs[first] <= endUs ? nextUs[first] : Number.POSITIVE_INFINITY
    let ending = -1
    let endsUs = Number.POSITIVE_INFINITY
    if (running.length > 0) {
      service.speeds(running, speeds)
      running.forEach(({ leftUs }, i) => {
        const doneUs = nowUs + leftUs / speeds[i]
        if (doneUs < endsUs) {
          endsUs = doneUs
          ending = i
        }
      })
    }
    const wakeUs = core.wakeAtUs
    const thenUs = Math.min(arrivalUs, endsUs, wakeUs)
    if (thenUs === Number.POSITIVE_INFINITY) break
    const stepUs = thenUs - nowUs
    if (thenUs > warmupUs) runningUs[running.length] += thenUs - Math.max(nowUs, warmupUs)
    running.forEach((launch, i) => {
      launch.leftUs -= stepUs * speeds[i]
    })
    nowUs = thenUs
    if (endsUs === thenUs) end(ending)
    else if (arrivalUs === thenUs) {
      const { gaps, ratePerS, samples } = streams[first]
      nextUs[first] = arrivalUs + (gaps.next() / ratePerS) * 1e6
      if (arrivalUs >= warmupUs) models[first].offered++
      const { targetUs, priorityClass } = setup.models[first]
      const deadlineUs = arrivalUs + targetUs
      core.arrive(nowUs, first, { tag: tag++, samples, arrivalUs, deadlineUs, priorityClass })
    } else core.wake(nowUs)
  }
  return { models, runningUs, stopped }
}

function indexOfLeast(values: readonly number[]): number {
  let least = 0
  for (let i = 1; i < values.length; i++) if (values[i] < values[least]) least = i
  return least
}
