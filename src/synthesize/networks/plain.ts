import { type ConvolutionLayer, type Filter, ImageNetwork } from '../image-network.js'
import type { Operation } from '../operation.js'

type Layer = ConvolutionLayer | { readonly pool: Filter }

interface PlainTable {
  readonly features: readonly Layer[]
  /** The side of the adaptive average pooling before the classifier. */
  readonly pooled: number
  readonly classifier: readonly number[]
}

const halve = { pool: { filter: 2, stride: 2 } }
const three = (channels: number): Layer => ({ channels, filter: 3, padding: 1 })
const stage = (channels: number, count: number): Layer[] => [
  ...Array.from({ length: count }, () => three(channels)),
  halve,
]
const overlapping = { pool: { filter: 3, stride: 2 } }

/** torchvision 0.13 `alexnet` and `vgg19`: convolutions with bias and ReLU, then a classifier. */
const tables = {
  alexnet: {
    features: [
      { channels: 64, filter: 11, stride: 4, padding: 2 },
      overlapping,
      { channels: 192, filter: 5, padding: 2 },
      overlapping,
      three(384),
      three(256),
      three(256),
      overlapping,
    ],
    pooled: 6,
    classifier: [4096, 4096, 1000],
  },
  vgg19: {
    features: [stage(64, 2), stage(128, 2), stage(256, 4), stage(512, 4), stage(512, 4)].flat(),
    pooled: 7,
    classifier: [4096, 4096, 1000],
  },
} satisfies Record<string, PlainTable>

/** Operations of a network without branches on a 224 x 224 image. */
export function plain(name: keyof typeof tables): Operation[] {
  const { features, pooled, classifier }: PlainTable = tables[name]
  const network = new ImageNetwork()
  for (const layer of features) {
    if ('pool' in layer) network.pool('max-pool', layer.pool)
    else network.convolution({ ...layer, bias: 'bias' }).relu()
  }
  network.globalPool(pooled)
  classifier.forEach((outputs, i) => {
    network.linear(outputs)
    if (i < classifier.length - 1) network.relu()
  })
  return network.operations
}
