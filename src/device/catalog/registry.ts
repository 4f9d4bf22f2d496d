import { type Registry, registryOf } from '../../registry.js'
import type { Device } from '../device.js'
import { a100 } from './a100.js'
import { b200 } from './b200.js'
import { h100 } from './h100.js'
import { h200 } from './h200.js'
import { l40s } from './l40s.js'
import { mi50 } from './mi50.js'
import { orin } from './orin.js'

/** Every device that ships with the package. */
export const catalog: Registry<Device> = registryOf<Device>([
  h200,
  h100,
  a100,
  l40s,
  b200,
  mi50,
  orin,
])
