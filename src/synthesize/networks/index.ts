import type { Operation } from '../operation.js'
import { albert } from './albert.js'
import { densenet201 } from './densenet.js'
import { plain } from './plain.js'
import { resnet } from './resnet.js'
import { shufflenet } from './shufflenet.js'

/** Operations of one sample; `tokens` is the sequence length, where the input is text. */
export type Network = (tokens: number) => Operation[]

/** The seven networks of the ECLIP paper, by the name the profiles use. */
export const networks: ReadonlyMap<string, Network> = new Map([
  ['albert', albert],
  ['alexnet', () => plain('alexnet')],
  ['densenet201', densenet201],
  ['resnet152', () => resnet('resnet152')],
  ['resnext101', () => resnet('resnext101')],
  ['shufflenet', shufflenet],
  ['vgg19', () => plain('vgg19')],
])
