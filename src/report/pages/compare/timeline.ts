import { cusOf, totalCus } from '../../../device/device.js'
import { TIMELINE_US } from '../../../evaluate/simulation-windows.js'
import { mean, sum } from '../../../numbers.js'
import type { KernelSpan } from '../../../simulate/result.js'
import type { Scenario } from '../../../workload/scenario.js'
import { seriesColour } from '../../kit/charts/colour.js'
import { occupancyChart } from '../../kit/charts/occupancy.js'
import { fixed, percent } from '../../kit/format.js'
import type { Html } from '../../kit/html.js'
import type { TableData } from '../../kit/table-html.js'

/** The start and the end of the time that a timeline shows, in µs of simulated time. */
export function timelineRange(spans: readonly KernelSpan[]): readonly [number, number] {
  const startUs = spans.reduce(
    (first, span) => Math.min(first, span.startUs),
    Number.POSITIVE_INFINITY,
  )
  const endUs = spans.reduce((last, span) => Math.max(last, span.endUs), 0)
  const fromUs = Number.isFinite(startUs) ? Math.floor(startUs / 100) * 100 : 0
  return [fromUs, Math.max(fromUs + 1, Math.min(endUs, fromUs + TIMELINE_US))]
}

/** The first milliseconds of a run: which worker holds which granule at which time. */
export function timelineChart(
  scenario: Scenario,
  policy: string,
  spans: readonly KernelSpan[],
): Html {
  const [fromUs, toUs] = timelineRange(spans)
  const { device, workers } = scenario
  const ms = (us: number): number => (us - fromUs) / 1000
  return occupancyChart({
    title: `Who holds which granule when, under ${policy}`,
    description: holdersText(scenario, spans),
    rowLabels: device.granules.map((_, i) => `${i}`),
    rowsName: 'granule',
    series: workers.map(({ name }, w) => ({ name, colour: seriesColour(w) })),
    holdings: spans.map(({ worker, granules, startUs, endUs }) => ({
      series: worker,
      rows: granules,
      start: ms(startUs),
      end: ms(endUs),
    })),
    xLabel: 'time, ms',
    from: 0,
    to: ms(toUs),
  })
}

function holdersText(scenario: Scenario, spans: readonly KernelSpan[]): string {
  return scenario.workers
    .map(
      ({ name }, w) =>
        `${name} holds ${percent(heldShare(scenario, spans, w))} of the compute units`,
    )
    .join('; ')
}

/** A worker's share of the device's CU time during the timeline, by the granules that it held. */
function heldShare({ device }: Scenario, spans: readonly KernelSpan[], worker: number): number {
  const [fromUs, toUs] = timelineRange(spans)
  const own = spans.filter((span) => span.worker === worker)
  const heldCuUs = sum(
    own.map(({ startUs, endUs, granules }) => {
      const us = Math.min(endUs, toUs) - Math.max(startUs, fromUs)
      return Math.max(0, us) * cusOf(device, granules)
    }),
  )
  return heldCuUs / ((toUs - fromUs) * totalCus(device))
}

/** The timeline in numbers: kernels and held share of each worker. */
export function timelineTable(
  scenario: Scenario,
  policy: string,
  spans: readonly KernelSpan[],
): TableData {
  const [fromUs, toUs] = timelineRange(spans)
  return {
    caption: `The first ${fixed((toUs - fromUs) / 1000, 1)} ms under ${policy}`,
    columns: [
      { title: 'Worker' },
      { title: 'Kernels started' },
      { title: 'Mean compute units of a kernel' },
      { title: 'Compute units held' },
    ],
    rows: scenario.workers.map(({ name }, w) => {
      const own = spans.filter((span) => span.worker === w && span.startUs < toUs)
      const cus = own.map(({ granules }) => cusOf(scenario.device, granules))
      return {
        cells: [
          name,
          fixed(own.length, 0),
          fixed(mean(cus), 0),
          percent(heldShare(scenario, spans, w)),
        ],
      }
    }),
  }
}
