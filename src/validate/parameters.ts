import type { Device } from '../device/device.js'
import { contentionOf } from '../simulate/model/contention.js'

/**
 * A parameter of a device that calibration fits: its place in the device file, and the first step
 * to try.
 */
export interface FittedParameter {
  readonly section: 'contention' | 'costs'
  readonly name: string
  readonly unit: string
  readonly meaning: string
  readonly step: number
}

/** The parameters that calibration fits to rates of co-located workers; docs/hardware.md gives the evidence. */
export const FITTED: readonly FittedParameter[] = [
  {
    section: 'contention',
    name: 'knee',
    unit: 'load per CU',
    meaning: 'load of a CU from which blocks slow each other down',
    step: 0.1,
  },
  {
    section: 'contention',
    name: 'memory',
    unit: 'share',
    meaning: "slowdown by others' full memory and cache traffic",
    step: 0.05,
  },
  {
    section: 'contention',
    name: 'memoryFloor',
    unit: 'share',
    meaning: 'how far a kernel that computes is bound by memory',
    step: 0.15,
  },
  {
    section: 'contention',
    name: 'loadTraffic',
    unit: 'share',
    meaning: 'cache traffic of a fully loaded device',
    step: 0.3,
  },
  {
    section: 'contention',
    name: 'foreignLoad',
    unit: 'share',
    meaning: "how much of other kernels' load on a CU counts",
    step: 0.1,
  },
  {
    section: 'contention',
    name: 'coldStartUs',
    unit: 'µs',
    meaning: "start of a kernel where another model's code ran",
    step: 0.1,
  },
  {
    section: 'costs',
    name: 'launchGapPerWorkerUs',
    unit: 'µs',
    meaning: 'added to the gap between kernels by each other active worker',
    step: 0.1,
  },
]

/** Values of the fitted parameters, in the order of `FITTED`; those that the device leaves out are as it is simulated. */
export function fittedValues(device: Device): number[] {
  const values: Readonly<Record<string, unknown>> = { ...contentionOf(device), ...device.costs }
  return FITTED.map(({ name }) => Number(values[name]))
}

/** Values of the fitted parameters for a device about which nothing is known, in the order of `FITTED`. */
export function neutralValues(device: Device): number[] {
  return fittedValues({
    ...device,
    contention: {},
    costs: { ...device.costs, launchGapPerWorkerUs: 0 },
  })
}

/** The device with other values of the fitted parameters. */
export function withFitted(device: Device, values: readonly number[]): Device {
  const of = (wanted: FittedParameter['section']): Record<string, number> =>
    Object.fromEntries(
      FITTED.flatMap(({ section, name }, i) =>
        section === wanted ? [[name, Number(values[i].toPrecision(4))]] : [],
      ),
    )
  return {
    ...device,
    contention: { ...device.contention, ...of('contention') },
    costs: { ...device.costs, ...of('costs') },
  }
}
