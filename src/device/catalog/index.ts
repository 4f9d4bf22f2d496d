import type { Device } from '../device.js'
import { h200 } from './h200.js'
import { mi50 } from './mi50.js'

/** Devices that ship with the package, by name. */
export const catalog: ReadonlyMap<string, Device> = new Map(
  [h200, mi50].map((device) => [device.name, device]),
)
