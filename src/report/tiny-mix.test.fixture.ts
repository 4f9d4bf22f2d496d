import { h200 } from '../device/catalog/h200.js'
import type { Device } from '../device/device.js'
import type { Kernel, Profile } from '../profile/profile.js'
import type { KernelSpan } from '../simulate/result.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'

/** Imitates a small GPU: four granules of 8 compute units, cut from the H200. */
export const tinyDevice: Device = { ...h200, name: 'tiny', granules: h200.granules.slice(0, 4) }

/** A kernel whose time falls as 1/cus up to `knee` compute units, and then stays at 10 µs. */
export function kernelWithKnee(knee: number, name = `knee${knee}`): Kernel {
  const counts = [8, 16, 24, 32]
  return {
    name,
    grid: [64, 1, 1],
    block: [128, 1, 1],
    registers: 32,
    sharedMemoryBytes: 0,
    durationUs: Object.fromEntries(counts.map((cus) => [cus, 10 * Math.max(1, knee / cus)])),
  }
}

export function profileOf(model: string, kernels: readonly Kernel[]): Profile {
  return {
    format: 'eclip.profile/1',
    model,
    batch: 8,
    device: tinyDevice.name,
    source: 'synthesized',
    kernels: [...kernels],
  }
}

/**
 * Two workers: one has three kernels of falling need, the other has a model whose name is meant to break markup.
 */
export const tinyScenario: Scenario = {
  device: tinyDevice,
  workers: [
    profileOf(
      'stairs',
      [32, 16, 8].map((knee) => kernelWithKnee(knee)),
    ),
    profileOf('<b>&"bold"</b>', [
      kernelWithKnee(8, 'void (anonymous namespace)::k<1, "x">(int)</title><script>'),
      kernelWithKnee(8, 'sgemm_128'),
    ]),
  ].map((profile) => closedLoopWorker(`${profile.model}/8`, profile)),
}

/** Two requests of each worker. In the last one, kernels run side by side on granule 2. */
export const tinySpans: readonly KernelSpan[] = [
  { worker: 0, request: 0, kernel: 0, startUs: 1, endUs: 11, granules: [0, 1] },
  { worker: 1, request: 0, kernel: 0, startUs: 2.0004, endUs: 12.5, granules: [1, 2, 3] },
  { worker: 0, request: 0, kernel: 1, startUs: 11.5, endUs: 21.25, granules: [0, 1] },
  { worker: 0, request: 0, kernel: 2, startUs: 22, endUs: 32, granules: [0] },
  { worker: 1, request: 0, kernel: 1, startUs: 13, endUs: 23, granules: [3] },
  { worker: 0, request: 1, kernel: 0, startUs: 66, endUs: 76, granules: [0, 1] },
  { worker: 1, request: 1, kernel: 0, startUs: 66.1, endUs: 76.1, granules: [2] },
  { worker: 1, request: 1, kernel: 1, startUs: 70.3, endUs: 80.3, granules: [2, 3] },
]
