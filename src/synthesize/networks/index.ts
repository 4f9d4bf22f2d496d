import type { Operation } from '../operation.js'
import { albert } from './albert.js'
import { densenet201 } from './densenet.js'
import { plain } from './plain.js'
import { resnet } from './resnet.js'
import { shufflenet } from './shufflenet.js'

/** The seven networks of the ECLIP paper, by the name the profiles use: operations of one sample. */
export const networks: ReadonlyMap<string, () => Operation[]> = new Map([
  ['albert', albert],
  ['alexnet', () => plain('alexnet')],
  ['densenet201', densenet201],
  ['resnet152', () => resnet('resnet152')],
  ['resnext101', () => resnet('resnext101')],
  ['shufflenet', shufflenet],
  ['vgg19', () => plain('vgg19')],
])
