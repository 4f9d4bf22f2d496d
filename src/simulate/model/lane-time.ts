import type { Device } from '../../device/device.js'
import { occupancy } from '../../profile/occupancy.js'
import { gridBlocks, type Kernel, type Profile } from '../../profile/profile.js'
import { type Contention, contentionOf, crowding, seenLoad } from './contention.js'
import { blockLoad } from './kernel-work.js'

/** Less than this is left of a time that has passed. */
const DONE_US = 1e-9

/** A stretch of kernels that run side by side, as profiles carry it. */
type Stretch = NonNullable<Profile['parallel']>[number]

/** A kernel as those in other lanes meet it. */
interface LaneKernel {
  /** Its time alone. */
  readonly us: number
  /** Blocks that run at a time, and the share of all room for blocks that they take. */
  readonly blocks: number
  readonly room: number
  /** What a block asks of its compute unit. */
  readonly blockLoad: number
}

/**
 * How long a parallel stretch of a profile takes alone on `cus` compute units, in µs. Lanes whose kernels fill the
 * compute units gain little: they wait for room and slow each other down, as kernels of different workers do.
 * @param us time of each of the stretch's kernels alone
 * @returns the time if all kernels take `scale` times as long and follow one another after gaps of `gapUs`
 */
export function stretchTime(
  device: Device,
  kernels: readonly Kernel[],
  us: readonly number[],
  { chain, lanes }: Stretch,
  cus: number,
): (scale: number, gapUs: number) => number {
  const contention = contentionOf(device)
  const inLanes = Array.from({ length: lanes }, (): LaneKernel[] => [])
  kernels.forEach((kernel, i) => {
    inLanes[Math.floor(i / chain) % lanes].push(laneKernel(device, kernel, us[i], cus))
  })
  return (scale, gapUs) => lanesUs(contention, inLanes, cus, scale, gapUs)
}

function laneKernel(device: Device, kernel: Kernel, us: number, cus: number): LaneKernel {
  const all = gridBlocks(kernel)
  const most = cus * occupancy(device, kernel).blocksPerCu
  const waves = Math.ceil(all / most)
  const load = blockLoad(device, kernel, us / waves)
  return { us, blocks: all / waves, room: all / waves / most, blockLoad: load }
}

/** A lane on its way: the gap before its kernel, then the kernel, at the speed that the others leave it. */
interface LaneState {
  readonly kernels: readonly LaneKernel[]
  next: number
  gapLeftUs: number
  leftUs: number
  speed: number
}

/** Goes from one end of a kernel, or of a gap, to the next until every lane is through. */
function lanesUs(
  contention: Contention,
  lanes: readonly (readonly LaneKernel[])[],
  cus: number,
  scale: number,
  gapUs: number,
): number {
  let waiting = lanes
    .filter((kernels) => kernels.length > 0)
    .map((kernels): LaneState => ({ kernels, next: 0, gapLeftUs: gapUs, leftUs: 0, speed: 0 }))
  /** In the order in which their kernels came, which is that of dispatch. */
  let running: LaneState[] = []
  let nowUs = 0
  while (waiting.length + running.length > 0) {
    share(contention, running, cus)
    let stepUs = Number.POSITIVE_INFINITY
    for (const { gapLeftUs } of waiting) stepUs = Math.min(stepUs, gapLeftUs)
    for (const { leftUs, speed } of running) stepUs = Math.min(stepUs, leftUs / speed)
    nowUs += stepUs
    const stillWaiting: LaneState[] = []
    const stillRunning: LaneState[] = []
    for (const lane of running) {
      lane.leftUs -= stepUs * lane.speed
      if (lane.leftUs > DONE_US) stillRunning.push(lane)
      else if (++lane.next < lane.kernels.length) {
        lane.gapLeftUs = gapUs
        stillWaiting.push(lane)
      }
    }
    for (const lane of waiting) {
      lane.gapLeftUs -= stepUs
      if (lane.gapLeftUs > DONE_US) stillWaiting.push(lane)
      else {
        lane.leftUs = lane.kernels[lane.next].us * scale
        stillRunning.push(lane)
      }
    }
    waiting = stillWaiting
    running = stillRunning
  }
  return nowUs
}

/** Shares the room for blocks out to kernels in order, and slows down those that meet others on a compute unit. */
function share(contention: Contention, running: readonly LaneState[], cus: number): void {
  let room = 1
  let blocks = 0
  let load = 0
  for (const lane of running) {
    const kernel = lane.kernels[lane.next]
    lane.speed = Math.min(1, room / kernel.room)
    room = Math.max(0, room - kernel.room)
    blocks += lane.speed * kernel.blocks
    load += lane.speed * kernel.blocks * kernel.blockLoad
  }
  for (const lane of running) {
    if (lane.speed === 0) continue
    const { blocks: wanted, blockLoad } = lane.kernels[lane.next]
    const own = lane.speed * wanted
    const seen = (others: number, othersLoad: number): number =>
      crowding(contention, seenLoad(contention, cus, own, blockLoad, others, othersLoad))
    lane.speed *= seen(0, 0) / seen(blocks - own, load - own * blockLoad)
  }
}
