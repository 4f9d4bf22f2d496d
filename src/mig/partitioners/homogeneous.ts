import { maximalLayouts } from '../enumerate.js'
import { standardProfiles } from '../gpu.js'
import { hardwarePartitioning, type Partitioner } from './partitioner.js'

/**
 * Fills every GPU with as many instances of one profile as fit. There is one outcome per profile.
 */
export const homogeneous: Partitioner = {
  name: 'homogeneous',
  title: 'every GPU cut into equal instances',
  source: 'the baseline of PARIS and ELSA, arXiv 2202.13481',
  async partition({ gpu, gpus }) {
    return standardProfiles(gpu).map((profile) => {
      const [layout] = maximalLayouts(gpu, [profile]).sort((a, b) => b.length - a.length)
      const name = `${layout.length}x${profile.name}`
      return hardwarePartitioning(name, Array<typeof layout>(gpus).fill(layout))
    })
  },
}
