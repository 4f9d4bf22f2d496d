import { maximalLayouts } from '../enumerate.js'
import { hardwarePartitioning, type Partitioner } from './partitioner.js'

/** How many random layouts are tried. */
const DRAWS = 3

/**
 * Draws a legal layout for every GPU, with equal probability among those that have no room for
 * another instance.
 */
export const randomLayouts: Partitioner = {
  name: 'random-layouts',
  title: 'a random legal layout on every GPU',
  source: 'the heterogeneous baseline of PARIS and ELSA, arXiv 2202.13481',
  async partition({ gpu, gpus, random }) {
    const layouts = maximalLayouts(gpu)
    return Array.from({ length: DRAWS }, (_, draw) => {
      const drawn = Array.from({ length: gpus }, () => layouts[random.integer(layouts.length)])
      return hardwarePartitioning(`random-${draw + 1}`, drawn)
    })
  },
}
