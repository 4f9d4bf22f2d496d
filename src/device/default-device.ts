import type { Device } from './device.js'

/** The device for which a mix is planned if users have none of their own. */
export const SHIPPED_DEVICE = 'h200'

/** The device to use if none is named, and the reason in words. */
export interface DefaultDevice {
  readonly name: string
  /** Absent for the shipped default if there was no other choice. */
  readonly reason?: string
}

/**
 * The device to use if none is named: the user's only device that is a GPU of this machine,
 * otherwise the user's only device, otherwise the one that ships.
 * @param own the user's own devices
 * @param presentGpus the names that drivers give to this machine's GPUs; called only if the answer
 * matters
 */
export function defaultDevice(
  own: readonly Device[],
  presentGpus: () => readonly string[],
): DefaultDevice {
  if (own.length === 0) return { name: SHIPPED_DEVICE }
  if (own.length === 1) return { name: own[0].name, reason: 'the only one in your library' }
  const present = presentGpus()
  const here = own.filter(({ driverName = '' }) => present.includes(driverName))
  if (here.length === 1)
    return { name: here[0].name, reason: `the one of your library that is this machine's` }
  const others = own.map(({ name }) => name).join(', ')
  return { name: SHIPPED_DEVICE, reason: `it is not clear which of ${others} is meant` }
}

/**
 * The user's own device that a model ran on: the only one to which the driver gives this name. A
 * host counts as one device whatever its name.
 * @returns undefined if none or several match
 */
export function ownDeviceOf(
  own: readonly Device[],
  ranOn: { readonly kind: 'cuda' | 'rocm' | 'cpu'; readonly driverName: string },
): Device | undefined {
  const fitting = own.filter(({ vendor, driverName }) =>
    ranOn.kind === 'cpu' ? vendor === 'cpu' : driverName === ranOn.driverName,
  )
  return fitting.length === 1 ? fitting[0] : undefined
}
