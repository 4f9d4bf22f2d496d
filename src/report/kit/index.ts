/**
 * The kit that reports are built from: markup, charts, tables, terminal tables. Everything in it
 * returns a string or markup, and nothing in it knows of any report; those are in `../pages`.
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
 * - `html` is the only way to make markup: it escapes values, keeps `Html`, and rounds numbers,
 *   which are taken for coordinates. Format numbers that are read with `fixed`, `significant`,
 *   `change`.
 * - Every chart takes a title and a description for those who cannot see it, and returns markup for
 *   `figure` or `panels`. Charts of the default width `WIDE` span the page and scroll inside their
 *   own box on a phone; `PANEL` is the width of charts that stand side by side in `panels`.
 * - Take colours from `seriesColour(i)` for the i-th worker or series, or `var(--accent)`,
 *   `var(--ink)` and the like from style.ts. A literal would not follow the dark theme.
 * - Give a figure its numbers as `table`; name metrics with `term(DEFINITIONS.x)` and end the page
 *   with `definitionList`.
 *
 * To add a report, add a folder to `../pages` with a function that turns results into `page(…)` and
 * a test that gives the page to `checkPage`; the command that writes it is in `cli`. To add a chart,
 * add a file to `charts/`, drawn with `canvas` and `axes` or `rowsFrame`.
 */

export { type Bar, bars } from './charts/bars.js'
export { seriesColour } from './charts/colour.js'
export { heatChart } from './charts/heat.js'
export { type LineSeries, lineChart } from './charts/lines.js'
export { scatterChart } from './charts/scatter.js'
export { PANEL } from './charts/svg.js'
export {
  change,
  compact,
  counted,
  fixed,
  listed,
  percent,
  percentToTenths,
  shareText,
  significant,
} from './format.js'
export { Html, html } from './html.js'
export { type Fact, figure, legend, note, page, panels, type Section } from './page.js'
export { type Cell, type Row, type TableData, table } from './table-html.js'
export { type TableStyle, textTable } from './text-table.js'
