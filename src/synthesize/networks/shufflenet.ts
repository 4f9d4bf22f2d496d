import { ImageNetwork } from '../image-network.js'
import type { Operation } from '../operation.js'

/** torchvision 0.13 `shufflenet_v2_x1_0`. */
const table = { stem: 24, repeats: [4, 8, 4], channels: [116, 232, 464], last: 1024 }

/** Operations of shufflenet v2 on a 224 x 224 image. */
export function shufflenet(): Operation[] {
  const network = new ImageNetwork()
  network.convolution({ channels: table.stem, filter: 3, stride: 2, padding: 1 }).batchNorm().relu()
  network.pool('max-pool', { filter: 3, stride: 2, padding: 1 })
  table.repeats.forEach((repeats, stage) => {
    const branch = table.channels[stage] / 2
    downsamplingUnit(network, branch)
    for (let i = 1; i < repeats; i++) basicUnit(network, branch)
  })
  network.convolution({ channels: table.last, filter: 1 }).batchNorm().relu()
  return network.globalPool(1).linear(1000).operations
}

/** Both branches halve the image. Their outputs are concatenated and shuffled. */
function downsamplingUnit(network: ImageNetwork, branch: number): void {
  const input = network.shape
  depthwise(network, 2)
  network.convolution({ channels: branch, filter: 1 }).batchNorm().relu()
  network.shape = input
  network.convolution({ channels: branch, filter: 1 }).batchNorm().relu()
  depthwise(network, 2)
  network.convolution({ channels: branch, filter: 1 }).batchNorm().relu()
  network.concatenate([branch, branch]).shuffle()
}

/** Half of the channels bypass the unit, as a view of the input, and are then concatenated with the other half. */
function basicUnit(network: ImageNetwork, branch: number): void {
  network.shape = { ...network.shape, channels: branch }
  network.convolution({ channels: branch, filter: 1, memory: 'view' }).batchNorm().relu()
  depthwise(network, 1)
  network.convolution({ channels: branch, filter: 1 }).batchNorm().relu()
  network.concatenate([branch, branch], 'view').shuffle()
}

function depthwise(network: ImageNetwork, stride: number): void {
  const { channels } = network.shape
  network.convolution({ channels, filter: 3, stride, padding: 1, groups: channels }).batchNorm()
}
