import { type Registry, registryOf } from '../../registry.js'
import type { Device } from '../device.js'
import { h200 } from './h200.js'
import { mi50 } from './mi50.js'
import { orin } from './orin.js'

/** Every device that ships with the package. */
export const catalog: Registry<Device> = registryOf<Device>([h200, mi50, orin])
