import { isDeepStrictEqual } from 'node:util'
import { h200 } from '../device/catalog/h200.js'
import { carriedContention } from '../device/catalog/of-h200.js'
import { catalog } from '../device/catalog/registry.js'
import { type Device, isModelled, totalCus } from '../device/device.js'
import type { Hogs } from '../device/hogs.js'
import { queueKnee } from '../device/queue-load.js'
import type { Characterization } from './characterize.js'
import { switchAloneUs } from './switching.js'

/**
 * The device in the form that planner and simulator read, made from measurements. What only co-located
 * models reveal is taken from the catalog: from the same device if one was measured, otherwise from the
 * nearest one.
 * @param hogs how hogs interfere on it, if that was measured
 * @param mpsCheckedCus numbers of compute units on which libraries compute correctly under MPS, if that is
 * not true of all
 */
export function deviceOf(
  measured: Characterization,
  name: string,
  hogs?: Hogs,
  mpsCheckedCus?: readonly number[],
): Device {
  const same = catalog.get(name)
  const known = same && !isModelled(same) ? same : nearest(measured.identity.vendor)
  const power = powerModel(measured, known, name)
  const isPowerForeign = power === known.power && known.name !== name
  return {
    format: 'eclip.device/1',
    name,
    vendor: measured.identity.vendor,
    driverName: measured.identity.name,
    software: measured.identity.versions,
    granules: withClusterLimit(measured.granules, known),
    poolUnit: known.poolUnit,
    queueLimit: queueKnee(measured.queues),
    ...(mpsCheckedCus && { mpsCheckedCus: [...mpsCheckedCus] }),
    priorityLevels: measured.priorityLevels,
    cu: measured.cu,
    memoryBandwidthGBps: round(measured.bandwidthGBps),
    costs: {
      ...known.costs,
      maskCallUs: {
        mean: round(measured.poolCreation.meanUs),
        worst: round(measured.poolCreation.worstUs),
      },
      switchUs: round(switchAloneUs(measured.switchTable)),
    },
    contention: contentionOf(measured, known, name),
    ...(hogs && { hogs }),
    power,
    provenance: {
      measured: `eclip characterize on ${versionsOf(measured)}: granules, queueLimit, priorityLevels, cu, memoryBandwidthGBps, maskCallUs (stream creation), switchUs${hogs === undefined ? '' : ', hogs'}${mpsCheckedCus === undefined ? '' : ', mpsCheckedCus'}${power === known.power ? '' : ', power'}`,
      assumed: `the rest: as in the catalog's ${known.name}`,
      ...(isPowerForeign && { status: `measured but for its power, which is the ${known.name}'s` }),
    },
  }
}

/**
 * The granules, with the largest thread-block cluster that the remainder of a split can run taken from
 * the known device. A whole group lies in one cluster of the hardware, while the remainder is scattered
 * over several, and only a failing launch would reveal the limit.
 */
function withClusterLimit(granules: Device['granules'], known: Device): Device['granules'] {
  const isRemainder = (all: Device['granules'], cus: number): boolean => cus !== all[0].cus
  const limit = known.granules.find(({ cus }) => isRemainder(known.granules, cus))?.maxClusterBlocks
  if (limit === undefined) return granules
  return granules.map((granule) =>
    isRemainder(granules, granule.cus) ? { ...granule, maxClusterBlocks: limit } : granule,
  )
}

function nearest(vendor: Device['vendor']): Device {
  const devices = [...catalog.values()]
  return devices.find((device) => device.vendor === vendor) ?? devices[0]
}

/** Contention as on the known device, or carried over to a device with the H200's compute units. */
function contentionOf(
  measured: Characterization,
  known: Device,
  name: string,
): Device['contention'] {
  const isCarried = known.name !== name && isDeepStrictEqual(measured.cu, h200.cu)
  return isCarried
    ? carriedContention(measured.bandwidthGBps, totalCus(measured))
    : known.contention
}

function versionsOf({ identity }: Characterization): string {
  const versions = Object.entries(identity.versions).map(([what, version]) => `${what} ${version}`)
  return `${identity.name}, ${versions.join(', ')}`
}

/**
 * Power in the simulator's terms: idle, active, for each busy compute unit, and for memory. A loop of
 * multiply-adds draws less than a model's matrix units, so a fitted model is better. How much more
 * power models draw because they share the device cannot be measured without models, and is taken
 * from the known device.
 */
function powerModel(measured: Characterization, known: Device, name: string): Device['power'] {
  const { power, limitW } = measured
  if (power === undefined || known.name === name) return known.power
  const { sharedEnergyShare } = known.power
  const cuBusyW = Math.max(0, (power.allCusW - power.oneCuW) / (totalCus(measured) - 1))
  return {
    idleW: round(power.idleW),
    activeW: round(Math.max(0, power.oneCuW - cuBusyW - power.idleW)),
    cuBusyW: round(cuBusyW),
    memoryBusyW: round(Math.max(0, power.copyW - power.oneCuW)),
    ...(sharedEnergyShare !== undefined && { sharedEnergyShare }),
    limitW: limitW ?? known.power.limitW,
  }
}

/** Such a measurement is accurate to three digits at most. */
function round(value: number): number {
  return Number(value.toPrecision(3))
}
