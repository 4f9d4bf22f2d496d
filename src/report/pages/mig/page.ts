import type { PartitionProblem } from '../../../mig/partitioners/partitioner.js'
import type { Study } from '../../../mig/study.js'
import { inPercent } from '../../../numbers.js'
import { html, page, percentToTenths, type Section, significant } from '../../kit/index.js'
import { latencies, layout } from './layout.js'
import { matrix, ownPair, tails, throughput } from './pairs.js'
import { instancesText } from './text.js'

/** The study as a self-contained page. */
export function migReport(
  problem: PartitionProblem,
  study: Study,
  settings: Readonly<Record<string, string>>,
): string {
  const { gpu, gpus, latency, slaUs, quantile } = problem
  const own = ownPair(study)
  return page({
    title: `${latency.model} on ${gpus} × ${gpu.title}`,
    lead: study.verdict.text,
    facts: [
      {
        label: 'PARIS + ELSA',
        value: `${significant(own.capacity.ratePerS)}/s`,
        detail: 'requests within the target',
      },
      {
        label: 'Target',
        value: `${significant(slaUs / 1000)} ms`,
        detail: `for ${inPercent(quantile)}% of requests`,
      },
      {
        label: 'Instances',
        value: `${study.plan.partitioning.partitions.length}`,
        detail: instancesText(study.plan.partitioning),
      },
      {
        label: 'Lost to rounding',
        value: percentToTenths(study.plan.roundingLoss),
        detail: 'against fractional layouts',
      },
    ],
    sections: [
      throughput(study),
      matrix(study),
      layout(problem, study),
      latencies(problem, study),
      tails(study),
      sources(problem, settings),
    ],
    footer: 'Simulated from latency tables by eclip. This file needs no network.',
  })
}

function sources(
  { latency, gpu, distribution }: PartitionProblem,
  settings: Readonly<Record<string, string>>,
): Section {
  const facts = {
    latency: latency.source,
    'largest batch': `${distribution.length - 1}`,
    ...settings,
  }
  return {
    id: 'sources',
    title: 'Sources',
    body: html`<ul>${Object.entries(facts).map(([name, value]) => html`<li>${name}: ${value}</li>`)}${gpu.provenance.map((line) => html`<li>${line}</li>`)}</ul>`,
  }
}
