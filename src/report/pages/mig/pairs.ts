import { type Pair, underElsa } from '../../../mig/evaluate.js'
import { notablePairs } from '../../../mig/notable.js'
import type { Study } from '../../../mig/study.js'
import {
  type Bar,
  bars,
  figure,
  heatChart,
  percent,
  percentToTenths,
  type Row,
  type Section,
  significant,
  table,
} from '../../kit/index.js'
import { rateText } from './text.js'

/** PARIS's layout under ELSA, or the first pair if that one was not simulated. */
export function ownPair({ pairs, plan }: Study): Pair {
  return underElsa(pairs, plan.partitioning) ?? pairs[0]
}

function pairName({ partitioning, scheduler }: Pair): string {
  return `${partitioning.name} + ${scheduler.name}`
}

/** The section on how much each notable pair carries within the target. */
export function throughput(study: Study): Section {
  const own = ownPair(study)
  const shown: Bar[] = notablePairs(study).map((pair) => ({
    label: pairName(pair),
    text: rateText(pair.capacity.ratePerS, pair.capacity.halfWidthPerS),
    parts: [
      { value: pair.capacity.ratePerS, colour: pair === own ? 'var(--accent)' : 'var(--faint)' },
    ],
    emphasis: pair === own ? 'strong' : undefined,
  }))
  return {
    id: 'throughput',
    title: 'Latency-bounded throughput',
    short: 'Throughput',
    intro:
      'The highest arrival rate at which the asked share of requests still meets the target. Each partitioner stands with its best scheduler; of equal layouts the best and the worst.',
    body: figure({
      caption: 'Requests per second within the target',
      chart: bars({
        title: 'Latency-bounded throughput of the notable pairs',
        description: study.verdict.text,
        bars: shown,
        reference: own.capacity.ratePerS,
      }),
    }),
  }
}

/** The section on what each partitioner carries under each scheduler. */
export function matrix({ pairs }: Study): Section {
  const schedulers = [...new Set(pairs.map(({ scheduler }) => scheduler.name))]
  const partitionings = [...new Set(pairs.map(({ partitioning }) => partitioning))]
  const rateOf = (row: (typeof partitionings)[number], column: string): number =>
    pairs.find(({ partitioning, scheduler }) => partitioning === row && scheduler.name === column)
      ?.capacity.ratePerS ?? Number.NaN
  return {
    id: 'pairs',
    title: 'Every pair',
    body: figure({
      caption: 'Requests per second within the target, by partitioner and scheduler',
      chart: heatChart({
        title: 'Throughput of every pair',
        description: 'One row per partitioner, one column per scheduler; stronger is more.',
        rowLabels: partitionings.map(({ name }) => name),
        columnLabels: schedulers,
        values: partitionings.map((row) => schedulers.map((column) => rateOf(row, column))),
        format: significant,
        columnsName: 'scheduler',
      }),
    }),
  }
}

/** The section on latency tails at one arrival rate. */
export function tails(study: Study): Section {
  const rows: Row[] = notablePairs(study).map((pair) => ({
    cells: [
      pairName(pair),
      significant(pair.experience.p50Us / 1000),
      significant(pair.experience.p95Us / 1000),
      significant(pair.experience.p99Us / 1000),
      percentToTenths(pair.experience.lateShare),
      percent(pair.experience.utilisation),
    ],
  }))
  return {
    id: 'tails',
    title: `Tails at ${significant(study.comparedAtPerS)} requests/s`,
    short: 'Tails',
    body: table({
      caption: 'Latency and use of the partitions',
      columns: [
        { title: 'Pair' },
        { title: 'p50', unit: 'ms' },
        { title: 'p95', unit: 'ms' },
        { title: 'p99', unit: 'ms' },
        { title: 'Late' },
        { title: 'Busy' },
      ],
      rows,
    }),
  }
}
