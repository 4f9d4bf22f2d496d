import { type Device, totalCus } from '../device/device.js'
import type { Partition } from '../device/partition.js'
import { MOTIVATION_WINDOW } from '../evaluate/simulation-windows.js'
import { mean } from '../numbers.js'
import { buildPlan } from '../plan/build.js'
import type { Plan } from '../plan/plan.js'
import { kernelUs } from '../profile/duration.js'
import type { Kernel, Profile } from '../profile/profile.js'
import { createRandom } from '../random.js'
import { driverCosts } from '../simulate/model/driver-costs.js'
import { simulate } from '../simulate/simulate.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'
import { paperMaskCall, paperStreams } from './paper.js'
import type { Setup } from './setup.js'

/** One of the longest kernels, and the mask call that is made before it (the paper's Figure 1a). */
export interface MaskCost {
  readonly kernel: string
  readonly kernelUs: number
  /** The mean and the worst mask call over many requests. */
  readonly meanUs: number
  readonly worstUs: number
}

const REQUESTS = 100

/** The model of both motivation figures. */
export const MOTIVATION_MODEL = 'albert'
/** The most streams in the second figure, which is more than the queues of the paper's device. */
export const MOST_STREAMS = 12

/** What the paper's motivation shows. Both lists are empty if the setup has no profile of its model. */
export interface Motivation {
  readonly maskCosts: readonly MaskCost[]
  readonly streams: readonly StreamLatency[]
}

/** Both motivation figures, for the device of a setup. */
export function motivationOf({ device, batch, seed, profile }: Setup): Motivation {
  const model = profile(MOTIVATION_MODEL, batch)
  if (model === undefined) return { maskCosts: [], streams: [] }
  return {
    maskCosts: maskCosts(device, model, seed),
    streams: streamLatencies(device, model, MOST_STREAMS, seed),
  }
}

/** The longest kernels of a profile, and the cost of a mask call before each kernel of 100 requests. */
export function maskCosts(device: Device, profile: Profile, seed: number): MaskCost[] {
  const driver = driverCosts(device, 0, createRandom(seed))
  const us = (kernel: Kernel): number => kernelUs(kernel, totalCus(device))
  const longest = [...profile.kernels].sort((a, b) => us(b) - us(a)).slice(0, paperMaskCall.kernels)
  return longest.map((kernel) => {
    const calls = Array.from({ length: REQUESTS }, () => driver.maskCallUs())
    return {
      kernel: kernel.name,
      kernelUs: us(kernel),
      meanUs: mean(calls),
      worstUs: Math.max(...calls),
    }
  })
}

/** The latency of a request whose kernels are dealt to a number of streams (Figure 1b). */
export interface StreamLatency {
  readonly streams: number
  readonly meanMs: number
  readonly worstMs: number
}

/**
 * The latency of one model alone when its kernels are dealt in turn to 1 to `most` masked streams, with barriers
 * that keep their order. Each stream has CUs of its own: 3 on the paper's device, a granule on others.
 */
export function streamLatencies(
  device: Device,
  profile: Profile,
  most: number,
  seed: number,
): StreamLatency[] {
  const scenario: Scenario = { device, workers: [closedLoopWorker(profile.model, profile)] }
  const fitting = Math.min(most, Math.floor(device.granules.length / granulesEach(device)))
  return Array.from({ length: fitting }, (_, i) => {
    const streams = i + 1
    const plan = dealtPlan(scenario, streams)
    const result = simulate(scenario, plan, { seed, ...MOTIVATION_WINDOW })
    const { latenciesUs } = result.workers[0]
    return {
      streams,
      meanMs: mean([...latenciesUs]) / 1000,
      worstMs: latenciesUs[latenciesUs.length - 1] / 1000,
    }
  })
}

function granulesEach(device: Device): number {
  return Math.max(1, Math.round(paperStreams.cusEach / device.granules[0].cus))
}

/** A plan in which the kernels of a single worker use the streams in turn. */
function dealtPlan(scenario: Scenario, streams: number): Plan {
  const each = granulesEach(scenario.device)
  const partition = (stream: number): Partition =>
    Array.from({ length: each }, (_, i) => stream * each + i)
  const [{ profile }] = scenario.workers
  return buildPlan(scenario, {
    mechanism: 'pooled',
    pool: Array.from({ length: streams }, (_, i) => ({ granules: partition(i), owner: 0 })),
    groups: [profile.kernels.map((_, i) => ({ kernels: 1, partition: i % streams, priority: 0 }))],
    evidence: { policy: 'dealt', parameters: {} },
  })
}
