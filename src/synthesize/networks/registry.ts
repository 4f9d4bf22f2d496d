import { type Registry, registryOf } from '../../registry.js'
import type { Operation } from '../operation.js'
import { albert } from './albert.js'
import { densenet201 } from './densenet.js'
import { plain } from './plain.js'
import { resnet } from './resnet.js'
import { shufflenet } from './shufflenet.js'

/** A network with known layers, under the name that profiles use. */
interface Network {
  readonly name: string
  /** The operations of one sample. */
  readonly operations: () => Operation[]
}

/** The seven networks of the ECLIP paper. */
export const networks: Registry<Network> = registryOf([
  { name: 'albert', operations: albert },
  { name: 'alexnet', operations: () => plain('alexnet') },
  { name: 'densenet201', operations: densenet201 },
  { name: 'resnet152', operations: () => resnet('resnet152') },
  { name: 'resnext101', operations: () => resnet('resnext101') },
  { name: 'shufflenet', operations: shufflenet },
  { name: 'vgg19', operations: () => plain('vgg19') },
])
