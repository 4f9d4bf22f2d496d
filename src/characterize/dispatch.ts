import { executePlan, WorkerDispatcher } from '../binding/dispatcher.js'
import { spinFor } from '../binding/kernels.js'
import type {
  Completion,
  Launch,
  MaskedStream,
  PartitionedDevice,
} from '../binding/partitioned-device.js'
import { median } from '../numbers.js'
import { atHome } from '../plan/build.js'
import { pooledPartitions } from '../plan/executable.js'
import { kernelCount, type Plan } from '../plan/plan.js'

/** Times of a worker's requests whose kernels were placed by ECLIP's run-time scheduler. */
export interface WorkerDispatch {
  readonly name: string
  readonly kernels: number
  /** Changes of stream in a request, including the return to the stream of its first kernel. */
  readonly switches: number
  /** Switches in a request that needed a barrier because the predecessor was still running. */
  readonly barriers: number
  /** Time of a request with each kernel on the stream given by the plan, divided by the number of kernels. */
  readonly plannedUsPerKernel: number
  /** The same with all kernels on the stream of the first kernel. */
  readonly homeUsPerKernel: number
  /** What the plan adds to a request, divided by its number of switches. Null if there are none. */
  readonly usPerSwitch: number | null
}

/** The costs of a plan on the eager path of a device, beside the cost of making a mask before every kernel. */
export interface DispatchCosts {
  readonly workers: readonly WorkerDispatch[]
  /** Time to make one masked stream. Without a pool, every kernel would wait this long. */
  readonly maskUs: number
}

/** How much is dispatched. */
export interface DispatchScale {
  /** How long each kernel occupies a compute unit. */
  readonly kernelUs: number
  /** Rounds with one request from every worker. Times are medians over the rounds. */
  readonly rounds: number
}

/** How many streams are made at once to time one. All have the same partition, and none is reused. */
const MASKS = 8

/**
 * Runs a plan on a device through a dispatcher for each worker, with kernels that only occupy a
 * compute unit. This measures what the lookup table, the barriers and the streams cost apart from
 * any model.
 *
 * @throws InputError if the plan uses something that only the simulator has
 * @throws WorkError if the device cannot mask a partition of the plan
 */
export function measureDispatch(
  device: PartitionedDevice,
  plan: Plan,
  { kernelUs, rounds }: DispatchScale,
): DispatchCosts {
  const maskUs = makeMaskUs(device, plan)
  const launch = spinFor(device, kernelUs)
  const lengths = plan.workers.map(kernelCount)
  const executor = executePlan(device, plan)
  const planned = executor.workers
  const home = atHome(plan).workers.map((worker) => new WorkerDispatcher(worker, executor.streams))
  const firstStreams = plan.workers.map(({ groups }) => executor.streams[groups[0].partition])
  const teams = [planned, home].map((dispatchers) => ({ dispatchers, firstStreams, lengths }))
  try {
    for (const team of teams) runRound(device, team, launch)
    const before = planned.map(({ counts }) => ({ ...counts }))
    // The two alternate, so that a machine that slows down meanwhile favours neither.
    const timesUs = Array.from({ length: rounds }, () =>
      teams.map((team) => runRound(device, team, launch)),
    )
    const workers = plan.workers.map(({ name }, i): WorkerDispatch => {
      const [plannedUs, homeUs] = [0, 1].map((way) => median(timesUs.map((one) => one[way][i])))
      const switches = (planned[i].counts.switches - before[i].switches) / rounds
      return {
        name,
        kernels: lengths[i],
        switches,
        barriers: (planned[i].counts.barriers - before[i].barriers) / rounds,
        plannedUsPerKernel: plannedUs / lengths[i],
        homeUsPerKernel: homeUs / lengths[i],
        usPerSwitch: switches === 0 ? null : Math.max(0, plannedUs - homeUs) / switches,
      }
    })
    return { workers, maskUs }
  } finally {
    executor.close()
  }
}

function makeMaskUs(device: PartitionedDevice, plan: Plan): number {
  const [partition] = pooledPartitions(plan)
  const start = performance.now()
  const pool = device.createPool(Array.from({ length: MASKS }, () => partition))
  const elapsedUs = 1000 * (performance.now() - start)
  pool.close()
  return elapsedUs / MASKS
}

/**
 * Workers that dispatch side by side, each with its first stream and the kernels of its request.
 */
interface Team {
  readonly dispatchers: readonly WorkerDispatcher[]
  readonly firstStreams: readonly MaskedStream[]
  readonly lengths: readonly number[]
}

/**
 * Runs one request of every worker. One host thread submits their kernels in turn. Returns the time
 * of each request by the device's clock, in µs, from before its first kernel to the end of its
 * last.
 */
function runRound(device: PartitionedDevice, team: Team, launch: Launch): number[] {
  const { dispatchers, firstStreams, lengths } = team
  const starts = firstStreams.map((stream) => stream.record())
  const ends: Completion[] = []
  for (let kernel = 0; kernel < Math.max(...lengths); kernel++) {
    dispatchers.forEach((dispatcher, i) => {
      if (kernel >= lengths[i]) return
      dispatcher.dispatch(launch)
      if (kernel === lengths[i] - 1) ends[i] = dispatcher.completion()
    })
  }
  device.synchronize()
  const timesUs = ends.map((end, i) => device.elapsedUs(starts[i], end))
  for (const mark of [...starts, ...ends]) mark.release()
  return timesUs
}
