import type { Device } from '../device/device.js'
import type { Roofline } from '../synthesize/roofline.js'

/** The numbers that a model consists of: those of a device, and those of its profiles. */
export interface Model {
  readonly device: Device
  readonly roofline: Roofline
}

/** One number of the model, and how to replace it. */
export interface Parameter {
  readonly name: string
  readonly value: number
  readonly with: (value: number) => Model
}

type Numbers = Readonly<Record<string, number | undefined>>

/**
 * Every number of the model that is not zero, except those that describe the shape of
 * the chip (CUs, engines, occupancy).
 */
export function parametersOf(model: Model): Parameter[] {
  const { device, roofline } = model
  const { maskCallUs, ...costs } = device.costs
  const withDevice = (changed: Partial<Device>): Model => ({
    ...model,
    device: { ...device, ...changed },
  })
  const withRoofline = (changed: Partial<Roofline>): Model => ({
    ...model,
    roofline: { ...roofline, ...changed },
  })
  const { cuFlopsPerUs, cuBytesPerUs, ...rates } = roofline
  return [
    ...parametersIn('costs', costs, (changed) =>
      withDevice({ costs: { ...device.costs, ...changed } }),
    ),
    ...parametersIn('costs.maskCallUs', maskCallUs, (changed) =>
      withDevice({ costs: { ...device.costs, maskCallUs: { ...maskCallUs, ...changed } } }),
    ),
    ...parametersIn('contention', device.contention, (changed) =>
      withDevice({ contention: { ...device.contention, ...changed } }),
    ),
    ...parametersIn('power', device.power, (changed) =>
      withDevice({ power: { ...device.power, ...changed } }),
    ),
    {
      name: 'memoryBandwidthGBps',
      value: device.memoryBandwidthGBps,
      with: (value) => withDevice({ memoryBandwidthGBps: value }),
    },
    {
      name: 'queueLimit',
      value: device.queueLimit,
      with: (value) => withDevice({ queueLimit: Math.round(value) }),
    },
    {
      name: 'roofline.cuFlopsPerUs',
      value: cuFlopsPerUs.vector,
      with: (value) => {
        const factor = value / cuFlopsPerUs.vector
        const { matrix, vector } = cuFlopsPerUs
        return withRoofline({ cuFlopsPerUs: { matrix: matrix * factor, vector: vector * factor } })
      },
    },
    ...parametersIn('roofline.cuBytesPerUs', cuBytesPerUs, (changed) =>
      withRoofline({ cuBytesPerUs: { ...cuBytesPerUs, ...changed } }),
    ),
    ...parametersIn('roofline', rates, (changed) => withRoofline(changed)),
  ]
}

function parametersIn(
  prefix: string,
  numbers: Numbers,
  replace: (changed: Record<string, number>) => Model,
): Parameter[] {
  return Object.entries(numbers).flatMap(([key, value]) =>
    value === undefined || value === 0
      ? []
      : [{ name: `${prefix}.${key}`, value, with: (v: number) => replace({ [key]: v }) }],
  )
}
