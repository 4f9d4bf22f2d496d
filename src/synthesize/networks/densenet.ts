import { ImageNetwork } from '../image-network.js'
import type { Operation } from '../operation.js'

/** torchvision 0.13 `densenet201`. */
const table = { growth: 32, blocks: [6, 12, 48, 32], stem: 64, bottleneck: 4 }

/** Operations of densenet201 on a 224 x 224 image. */
export function densenet201(): Operation[] {
  const network = new ImageNetwork()
  network.convolution({ channels: table.stem, filter: 7, stride: 2, padding: 3 }).batchNorm().relu()
  network.pool('max-pool', { filter: 3, stride: 2, padding: 1 })
  let channels = table.stem
  table.blocks.forEach((layers, block) => {
    channels = denseBlock(network, channels, layers)
    if (block === table.blocks.length - 1) return
    channels /= 2
    network.batchNorm().relu().convolution({ channels, filter: 1 })
    network.pool('average-pool', { filter: 2, stride: 2 })
  })
  return network.batchNorm().relu().globalPool(1).linear(1000).operations
}

/** Every layer concatenates all earlier outputs, and the block's output concatenates them once more. */
function denseBlock(network: ImageNetwork, inputChannels: number, layers: number): number {
  const channels = [inputChannels]
  for (let layer = 0; layer < layers; layer++) {
    network.concatenate(channels).batchNorm().relu()
    network
      .convolution({ channels: table.bottleneck * table.growth, filter: 1 })
      .batchNorm()
      .relu()
    network.convolution({ channels: table.growth, filter: 3, padding: 1 })
    channels.push(table.growth)
  }
  network.concatenate(channels)
  return network.shape.channels
}
