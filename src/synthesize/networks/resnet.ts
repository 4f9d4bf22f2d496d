import { ImageNetwork } from '../image-network.js'
import type { Operation } from '../operation.js'

interface ResNetTable {
  /** Bottleneck blocks of the four stages. */
  readonly blocks: readonly number[]
  readonly groups: number
  readonly widthPerGroup: number
}

/** torchvision 0.13 `resnet152` and `resnext101_32x8d`. */
const tables = {
  resnet152: { blocks: [3, 8, 36, 3], groups: 1, widthPerGroup: 64 },
  resnext101: { blocks: [3, 4, 23, 3], groups: 32, widthPerGroup: 8 },
} satisfies Record<string, ResNetTable>

const EXPANSION = 4

/** Operations of a bottleneck residual network on a 224 x 224 image. */
export function resnet(name: keyof typeof tables): Operation[] {
  const { blocks, groups, widthPerGroup } = tables[name]
  const network = new ImageNetwork()
  network.convolution({ channels: 64, filter: 7, stride: 2, padding: 3 }).batchNorm().relu()
  network.pool('max-pool', { filter: 3, stride: 2, padding: 1 })
  blocks.forEach((count, stage) => {
    const planes = 64 * 2 ** stage
    const width = ((planes * widthPerGroup) / 64) * groups
    for (let i = 0; i < count; i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1
      bottleneck(network, { width, channels: planes * EXPANSION, groups, stride, first: i === 0 })
    }
  })
  return network.globalPool(1).linear(1000).operations
}

interface Bottleneck {
  readonly width: number
  readonly channels: number
  readonly groups: number
  readonly stride: number
  /** Whether the block is the first of a stage, which projects its shortcut. */
  readonly first: boolean
}

function bottleneck(network: ImageNetwork, block: Bottleneck): void {
  const { width, channels, groups, stride } = block
  const input = network.shape
  network.convolution({ channels: width, filter: 1 }).batchNorm().relu()
  network.convolution({ channels: width, filter: 3, stride, padding: 1, groups }).batchNorm().relu()
  network.convolution({ channels, filter: 1 }).batchNorm()
  if (block.first) {
    network.shape = input
    network.convolution({ channels, filter: 1, stride }).batchNorm()
  }
  network.add().relu()
}
