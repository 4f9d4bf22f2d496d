import { tally } from '../../../reproduce/claim.js'
import { paperResults } from '../../../reproduce/paper.js'
import { meanOf, type Relative } from '../../../reproduce/relative.js'
import type { Reproduction } from '../../../reproduce/reproduce.js'
import { change, type Fact, page } from '../../kit/index.js'
import { ablationSection } from './ablations.js'
import { claimsSection } from './claims.js'
import { energyFigure, latencyFigure, measureSection, throughputFigure } from './measures.js'
import { maskSection, rightSizeSection, streamsSection } from './motivation.js'
import { regionSection } from './region.js'
import { switchesSection } from './switches.js'

/** The reproduction as a self-contained page: each figure and table of the paper with ours. */
export function reproductionPage(result: Reproduction): string {
  const { device, batch, claims, profiles } = result
  return page({
    title: `The ECLIP paper's evaluation on a simulated ${device.toUpperCase()}`,
    lead: `At batch ${batch}, ${tally(claims)}. ${origin(profiles)}`,
    facts: facts(result),
    sections: [
      claimsSection(result),
      ...(result.region ? [regionSection(result.region)] : []),
      measureSection(result, throughputFigure),
      measureSection(result, energyFigure),
      measureSection(result, latencyFigure),
      switchesSection(result),
      maskSection(result),
      streamsSection(result),
      rightSizeSection(result),
      ...(result.ablations.length > 0 ? [ablationSection(result)] : []),
    ],
    footer: 'Simulated by eclip. This file needs no network.',
  })
}

function origin(profiles: Reproduction['profiles']): string {
  return profiles === 'synthesized'
    ? 'No such device was at hand: it and the kernel profiles are models, and nothing was tuned to one mix.'
    : 'The kernel profiles were measured; running models together is simulated.'
}

function facts({ mixes }: Reproduction): Fact[] {
  const against = (measure: keyof Relative, paper: number): Pick<Fact, 'value' | 'detail'> => ({
    value: change(meanOf(mixes, 'eclip', measure), 1),
    detail: `paper ${change(paper, 1)}`,
  })
  return [
    { label: 'ECLIP, requests/s', ...against('throughput', paperResults.throughput.mean) },
    {
      label: 'ECLIP, requests per watt',
      ...against('requestsPerWatt', paperResults.requestsPerWatt.mean),
    },
    { label: 'ECLIP, p95 latency', ...against('p95', paperResults.p95.mean) },
    {
      label: 'Ours (windows), requests/s',
      value: change(meanOf(mixes, 'windows', 'throughput'), 1),
      detail: 'against baseline',
    },
  ]
}
