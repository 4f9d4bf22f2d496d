/**
 * Reports: pages, charts, terminal tables and traces, all as strings, with no I/O.
 *
 * A page is one file that works offline, in light and dark, from a phone to paper. It is built from
 * parts that escape what they are given:
 *
 * ```ts
 * const file = page({
 *   title: 'Simulated against measured',
 *   lead: 'Rates are off by 6% on average.',
 *   facts: [{ label: 'Mean error', value: '6%' }],
 *   sections: [{
 *     id: 'rates',
 *     title: 'Rates',
 *     body: figure({
 *       caption: 'Simulated against measured requests per second',
 *       detail: 'Inside the grey corridor the error is below 10%.',
 *       chart: scatterChart({ title: …, description: …, x: { label: 'measured, 1/s' },
 *         y: { label: 'simulated, 1/s' }, points, diagonal: { corridor: 0.1 } }),
 *       table: { columns: [{ title: 'Worker' }, { title: 'Error' }], rows },
 *     }),
 *   }],
 * })
 * ```
 *
 * - `html` is the only way to make markup: values are escaped, `Html` is kept, numbers are
 *   coordinates and are rounded. Format numbers that are read with `fixed`, `significant`, `change`.
 * - Charts: `bars` (also stacked), `lineChart` (steps, bands), `scatterChart`, `gantt`,
 *   `occupancyChart` (rows shared over time), `heatChart`. Each takes a title and a description for
 *   those who cannot see it, and returns markup for `figure` or `panels`. Charts of the default
 *   width `WIDE` span the page and scroll inside their own box on a phone; `PANEL` is the width of
 *   charts that stand side by side in `panels`.
 * - Colours: `seriesColour(i)` for the i-th worker or series, `var(--accent)`, `var(--ink)` and the
 *   like from style.ts; never a literal, or it will not follow the dark theme.
 * - Give a figure its numbers as `table`; name metrics with `term(DEFINITIONS.x)` and end the page
 *   with `definitionList`.
 *
 * To add a report: one file here that turns results into `page(…)`, a test beside it that parses
 * the page, and a command in `cli` that writes it through `io`. To add a chart: one file in
 * `charts/`, drawn with `canvas` and `axes` or `rowsFrame`.
 */

export { type Bar, type BarPart, type BarsContent, bars } from './charts/bars.js'
export { seriesColour } from './charts/colour.js'
export { type GanttContent, type GanttRow, type GanttSpan, gantt } from './charts/gantt.js'
export { type HeatContent, heatChart } from './charts/heat.js'
export {
  type LineChartContent,
  type LineSeries,
  lineChart,
  type Point,
  type Reference,
} from './charts/lines.js'
export { type Holding, type OccupancyContent, occupancyChart } from './charts/occupancy.js'
export { type ScatterContent, type ScatterPoint, scatterChart } from './charts/scatter.js'
export { PANEL, WIDE } from './charts/svg.js'
export { DEFINITIONS, type Definition, definitionList, term } from './definitions.js'
export { change, compact, counted, fixed, listed, percent, significant } from './format.js'
export { type Content, Html, html } from './html.js'
export {
  type Fact,
  type FigureContent,
  figure,
  folded,
  type LegendItem,
  legend,
  note,
  type PageContent,
  type Panel,
  page,
  panels,
  type Section,
} from './page.js'
export { type Cell, type Column, type Row, type TableData, table } from './table-html.js'
export { type TableStyle, textTable } from './text-table.js'
export { type ChromeTrace, chromeTrace, type TracedRun } from './trace.js'
