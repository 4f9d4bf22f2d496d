import { spinFor } from '../binding/kernels.js'
import type { ChainStep, MaskedStream, PartitionedDevice } from '../binding/partitioned-device.js'
import { windowOf } from '../device/partition.js'
import { median } from '../numbers.js'
import { settle } from './closed-loop.js'
import type { Scale } from './scale.js'

const ROUNDS = 20
/** Few enough kernels that their switches do not queue up behind each other. */
const FEW_KERNELS = 10

/** What kernels of a lone worker cost on top of their own time. */
export interface LaunchCosts {
  /** Time between dependent kernels of one chain. */
  readonly gapUs: number
  /** Cost of one switch in a chain of few kernels. */
  readonly switchUs: number
  /** The time from submitting a chain to seeing its end, without the time of the chain itself. */
  readonly hostTurnaroundUs: number
}

/** Compares chains that switch, chains that do not, and chains whose kernels take twice as long. */
export function measureLaunchCosts(device: PartitionedDevice, scale: Scale): LaunchCosts {
  const granules = device.granules.length
  const half = windowOf(0, Math.ceil(granules / 2), granules)
  const pool = device.createPool([half, half])
  const [a, b] = pool.streams
  const stay = (us: number, kernels: number) => chainUs(device, steps(device, [a], us, kernels))
  const { spinUs, chainKernels } = scale
  const single = stay(spinUs, chainKernels)
  const double = stay(2 * spinUs, chainKernels)
  const few = stay(spinUs, FEW_KERNELS)
  const fewSwitching = chainUs(device, steps(device, [a, b], spinUs, FEW_KERNELS))
  pool.close()
  // Doubling the spin adds one spin to each kernel, so the time that a kernel takes beyond its spin
  // is the gap.
  const gapUs = Math.max(0, (2 * single - double) / chainKernels)
  const kernelUs = (double - single) / chainKernels + gapUs
  return {
    gapUs,
    switchUs: Math.max(0, (fewSwitching - few) / (FEW_KERNELS - 1)),
    hostTurnaroundUs: Math.max(0, few - FEW_KERNELS * kernelUs),
  }
}

function steps(
  device: PartitionedDevice,
  streams: readonly MaskedStream[],
  us: number,
  kernels: number,
): ChainStep[] {
  const launch = spinFor(device, us)
  return Array.from({ length: kernels }, (_, i) => ({
    stream: streams[i % streams.length],
    launch,
  }))
}

/** Median time from submitting a chain to seeing its end. */
function chainUs(device: PartitionedDevice, chainSteps: readonly ChainStep[]): number {
  const chain = device.createChain(chainSteps)
  settle(chain.submit())
  const timesUs = Array.from({ length: ROUNDS }, () => {
    const start = performance.now()
    settle(chain.submit())
    return 1000 * (performance.now() - start)
  })
  chain.close()
  return median(timesUs)
}
