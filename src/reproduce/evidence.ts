import { type Device, totalCus } from '../device/device.js'
import { createEvaluator } from '../evaluate/evaluator.js'
import { EVIDENCE_WINDOW } from '../evaluate/simulation-windows.js'
import { soloRates } from '../evaluate/solo.js'
import { mean } from '../numbers.js'
import { baseline } from '../policy/baseline.js'
import { DEFAULT_PARAMETERS } from '../policy/policy.js'
import { kernelUs } from '../profile/duration.js'
import type { Kernel, Profile } from '../profile/profile.js'
import { closedLoopWorker, type ScenarioWorker } from '../workload/scenario.js'
import { MOST_STREAMS, MOTIVATION_MODEL, maskCosts, streamLatencies } from './motivation.js'
import {
  PAPER_PAIR,
  paperMaskCall,
  paperMixes,
  paperStreams,
  reefSoloMs,
  reefSwitchUs,
} from './paper.js'
import type { Setup } from './setup.js'

/** Something that is published about the MI50, and the corresponding figure of the model. */
export interface Check {
  readonly id: string
  readonly stated: string
  readonly source: string
  readonly ours: number
  /** The range that counts as consistent. */
  readonly least: number
  readonly most: number
}

export function isMet({ ours, least, most }: Check): boolean {
  return ours >= least && ours <= most
}

/** The parts of a model that are checked. */
export interface Checked {
  readonly device: Device
  /** Profile of a model at batch 1. */
  readonly profile: (model: string) => Profile
  readonly seed: number
}

/** A factor of two still counts as two when it is 5% off. */
const PAIR_TOLERANCE = 0.05
/** Taking turns would give 2, and nothing published says that sharing is much worse than that. */
const MOST_OF_MODELS = 2.25
/** REEF's kernels come from TVM, so the times of a model only agree within a factor. */
const SOLO_FACTOR = 2
const MASK_TOLERANCE = 0.02

/** The model of a setup. */
export function checkedOf({ device, profile, seed }: Setup): Checked {
  return { device, seed, profile: (model) => profile(model, 1)! }
}

/** Whether a model agrees with everything that is published. The checks that take longest come last. */
export async function isConsistent(checked: Checked): Promise<boolean> {
  for (const check of CHECKS) if (!isMet(await check(checked))) return false
  return true
}

/** Makes every check, even after one has failed. */
export async function allChecks(checked: Checked): Promise<Check[]> {
  const checks: Check[] = []
  for (const check of CHECKS) checks.push(await check(checked))
  return checks
}

const CHECKS: readonly ((checked: Checked) => Check | Promise<Check>)[] = [
  switchTime,
  soloTimes,
  maskCall,
  fullKernels,
  albertKernels,
  streamsKnee,
  models,
]

function switchTime({ device }: Checked): Check {
  return {
    id: 'switch-time',
    stated: '20 to 40 µs between kernels of two streams',
    source: 'REEF (OSDI 2022)',
    ours: device.costs.barrierUs,
    ...reefSwitchUs,
  }
}

/** The model whose solo time differs most from REEF's. */
function soloTimes({ device, profile }: Checked): Check {
  const ratios = Object.entries(reefSoloMs).map(([model, ms]) => {
    const [perSecond] = soloRates({ device, workers: [alone(profile(model))] })
    return 1000 / perSecond / ms
  })
  const distance = (ratio: number): number => Math.abs(Math.log(ratio))
  return {
    id: 'solo-times',
    stated: 'BERT 5.4 ms, vgg 4.8 ms, resnet152 13.2 ms alone: ours over theirs, the furthest',
    source: 'REEF (OSDI 2022)',
    ours: ratios.reduce((a, b) => (distance(b) > distance(a) ? b : a)),
    least: 1 / SOLO_FACTOR,
    most: SOLO_FACTOR,
  }
}

function maskCall({ device, profile, seed }: Checked): Check {
  const worst = Math.max(
    ...maskCosts(device, profile(MOTIVATION_MODEL), seed).map(({ worstUs }) => worstUs),
  )
  return {
    id: 'mask-call',
    stated: `a mask call takes up to ${paperMaskCall.maskCallUs} µs`,
    source: 'ECLIP observation 1',
    ours: worst,
    least: paperMaskCall.maskCallUs * (1 - MASK_TOLERANCE),
    most: paperMaskCall.maskCallUs * (1 + MASK_TOLERANCE),
  }
}

function streamsKnee({ device, profile, seed }: Checked): Check {
  const latencies = streamLatencies(device, profile(MOTIVATION_MODEL), MOST_STREAMS, seed)
  const at = (streams: number): number => latencies[streams - 1].meanMs
  const flat = at(paperStreams.flatTo) / at(2)
  return {
    id: 'streams-knee',
    stated: `latency is flat up to ${paperStreams.flatTo} masked streams: 12 over 7, if it is`,
    source: 'ECLIP observation 2',
    ours: Math.abs(flat - 1) < 0.05 ? at(MOST_STREAMS) / at(paperStreams.flatTo) : Number.NaN,
    least: 1.2,
    most: 5,
  }
}

const PAIR = {
  source: 'ECLIP section 4',
  least: PAPER_PAIR * (1 - PAIR_TOLERANCE),
  most: PAPER_PAIR * (1 + PAIR_TOLERANCE),
}

/** A kernel that needs all of every compute unit, whether or not two of them fit side by side. */
async function fullKernels({ device }: Checked): Promise<Check> {
  const slowdown = await pairSlowdown(withoutGaps(device), repeated(fullKernel(device)))
  return {
    id: 'full-kernels',
    stated: 'two identical full-device kernels on the same CUs take 2.0 times as long each',
    ours: slowdown,
    ...PAIR,
  }
}

/** The kernels of the paper's motivation, each beside itself. */
async function albertKernels({ device, profile }: Checked): Promise<Check> {
  const whole = totalCus(device)
  const longest = [...profile(MOTIVATION_MODEL).kernels]
    .sort((a, b) => kernelUs(b, whole) - kernelUs(a, whole))
    .slice(0, paperMaskCall.kernels)
  const distinct = [...new Map(longest.map((kernel) => [JSON.stringify(kernel), kernel])).values()]
  const slowdowns: number[] = []
  for (const kernel of distinct) {
    slowdowns.push(await pairSlowdown(withoutGaps(device), repeated(kernel)))
  }
  return {
    id: 'albert-kernels',
    stated: 'the same of the 8 longest kernels of albert, mean',
    ours: mean(slowdowns),
    ...PAIR,
  }
}

/** The model that suffers most from a second copy of itself. */
async function models({ device, profile }: Checked): Promise<Check> {
  const names = [...new Set(paperMixes.flatMap((mix) => mix.models))]
  const slowdowns: number[] = []
  for (const name of names) slowdowns.push(await pairSlowdown(device, profile(name)))
  return {
    id: 'models',
    stated: 'two identical models take not much longer than in turns, the worst of seven',
    source: 'taking turns is 2.0',
    ours: Math.max(...slowdowns),
    least: 1,
    most: MOST_OF_MODELS,
  }
}

/** How many times as long a request takes beside another worker of the same profile. */
async function pairSlowdown(device: Device, profile: Profile): Promise<number> {
  const scenario = { device, workers: [alone(profile), alone(profile)] }
  const evaluator = createEvaluator(scenario, { seed: 1, mode: 'exact', ...EVIDENCE_WINDOW })
  const { evaluate } = evaluator
  const plan = await baseline.plan(scenario, { parameters: DEFAULT_PARAMETERS, evaluate })
  const [{ workers }] = await evaluate([plan])
  return mean(workers.map(({ normalizedThroughput }) => 1 / normalizedThroughput))
}

function alone(profile: Profile): ScenarioWorker {
  return closedLoopWorker(profile.model, profile)
}

/** Removes the pauses between kernels, because published statements are about kernels, not about their gaps. */
function withoutGaps(device: Device): Device {
  const costs = { ...device.costs, launchGapUs: 0, hostTurnaroundUs: 0, hostLaunchUs: 0 }
  return { ...device, costs }
}

/** How many times the kernel is repeated in a request that consists of nothing else. */
const REPEATS = 20

function repeated(kernel: Kernel): Profile {
  return {
    format: 'eclip.profile/1',
    model: 'repeated',
    batch: 1,
    device: 'any',
    source: 'synthesized',
    kernels: Array.from({ length: REPEATS }, () => kernel),
  }
}

/** A block of 256 threads on every compute unit. The time falls as the number of units grows. */
function fullKernel(device: Device): Kernel {
  const whole = totalCus(device)
  const durationUs = Object.fromEntries([1, 2, 3, 4].map((q) => [(q * whole) / 4, 800 / q]))
  return {
    name: 'full',
    grid: [whole, 1, 1],
    block: [256, 1, 1],
    registers: 32,
    sharedMemoryBytes: 0,
    durationUs,
  }
}
