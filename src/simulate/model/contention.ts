import type { Device } from '../../device/device.js'
import { needsProcesses, type Plan } from '../../plan/plan.js'

/**
 * Parameters of the contention model: the device schema says what each means, docs/hardware.md
 * gives their evidence.
 */
export type Contention = { readonly [name in keyof Device['contention']]-?: number }

/** The parameters of a device, with typical values for those that its file leaves out. */
export function contentionOf(device: Device): Contention {
  const given = { ...TYPICAL, ...device.contention }
  return {
    processColdStartUs: given.coldStartUs,
    toldForeignLoad: given.foreignLoad,
    ...given,
  }
}

/**
 * The parameters that apply to the kernels of a plan. Some differ between processes, and under MPS
 * also when these are told that they have the whole device.
 */
export function contentionUnder(
  device: Device,
  plan: Pick<Plan, 'mechanism'>,
  told: boolean,
): Contention {
  const contention = contentionOf(device)
  const { coldStartUs, processColdStartUs, foreignLoad, toldForeignLoad } = contention
  return {
    ...contention,
    coldStartUs: needsProcesses(plan) ? processColdStartUs : coldStartUs,
    foreignLoad: plan.mechanism === 'mps' && told ? toldForeignLoad : foreignLoad,
  }
}

/** For a device on which nothing was fitted: only crowding and a little memory contention. */
const TYPICAL: Omit<Contention, 'processColdStartUs' | 'toldForeignLoad'> = {
  knee: 0.6,
  memory: 0.2,
  memoryFloor: 0.4,
  loadTraffic: 1,
  foreignLoad: 1,
  coldStartUs: 0,
}

/**
 * Relative time of a block on a CU whose resident blocks together ask for `load` of its throughput:
 * 1 under light load, proportional to the load under heavy load.
 */
export function crowding(contention: Contention, load: number): number {
  const relative = load / contention.knee
  return Math.sqrt(1 + relative * relative)
}

/**
 * Relative time of a block when other kernels ask for `othersMemory` of the memory bandwidth.
 * @param memoryBound how far the block's kernel is bound by memory when alone, 0..1
 */
export function memoryStretch(
  contention: Contention,
  memoryBound: number,
  othersMemory: number,
): number {
  const share = contention.memoryFloor + memoryBound
  return 1 + contention.memory * othersMemory * share
}

/**
 * Load of the CU on which one of a kernel's `own` blocks runs, if `cus` CUs also hold `others`
 * blocks with a total load of `othersLoad`. Each block goes to the CU with the most room, so the
 * first ones go to empty CUs. Once none is empty, the rest spread evenly over all CUs, and only
 * these meet blocks of other kernels.
 */
export function seenLoad(
  { foreignLoad }: Contention,
  cus: number,
  own: number,
  blockLoad: number,
  others: number,
  othersLoad: number,
): number {
  const ownLoad = blockLoad * Math.max(1, own / cus)
  if (others === 0) return ownLoad
  const spread = Math.min(1, Math.max(0, (own + others - cus) / own))
  return ownLoad + (foreignLoad * spread * othersLoad) / cus
}
