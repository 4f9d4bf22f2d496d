import { type Html, html } from './html.js'

/** A metric under the name that reports use. docs/metrics.md has its full definition. */
export interface Definition {
  readonly id: string
  readonly name: string
  readonly formula: Html
  readonly meaning: string
}

/** The metrics of reports, with the symbols of docs/metrics.md. */
export const DEFINITIONS = {
  normalizedThroughput: {
    id: 'metric-normalized-throughput',
    name: 'Normalized throughput',
    formula: html`<i>n</i><sub>w</sub> = <i>r</i><sub>w</sub> / min(<i>λ</i><sub>w</sub>, <i>r</i><sub>w</sub><sup>solo</sup>)`,
    meaning:
      'Requests per second of worker w in the mix over what it would serve alone on the whole device: all that it is offered, up to its solo rate, which a closed loop always asks for. 1 is as fast as alone.',
  },
  weightedSpeedup: {
    id: 'metric-weighted-speedup',
    name: 'Weighted speedup',
    formula: html`WS = Σ<sub>w</sub> <i>r</i><sub>w</sub> / <i>r</i><sub>w</sub><sup>solo</sup>`,
    meaning:
      'Work done together over work done one model at a time (system throughput of Eyerman and Eeckhout). Above 1, sharing pays.',
  },
  lowestWorker: {
    id: 'metric-lowest-worker',
    name: 'Lowest worker',
    formula: html`min<sub>w</sub> <i>n</i><sub>w</sub>`,
    meaning: 'Normalized throughput of the worker that sharing hurts most.',
  },
  fairness: {
    id: 'metric-fairness',
    name: 'Fairness',
    formula: html`min<sub>w</sub> <i>n</i><sub>w</sub> / max<sub>w</sub> <i>n</i><sub>w</sub>`,
    meaning: 'Lowest over highest normalized throughput; 1 when all are slowed alike.',
  },
  requestsPerSecond: {
    id: 'metric-requests-per-second',
    name: 'Requests per second',
    formula: html`<i>R</i> = Σ<sub>w</sub> <i>r</i><sub>w</sub>`,
    meaning: 'Completed requests of all workers in the measured window, per second.',
  },
  utilisation: {
    id: 'metric-utilisation',
    name: 'Utilisation',
    formula: html`<i>ρ</i><sub>w</sub> = <i>λ</i><sub>w</sub> · <i>b</i><sub>w</sub> / <i>r</i><sub>w</sub>`,
    meaning:
      'Offered rate times mean time in service (b is the share of time in which a request is served). From 1 on more arrives than can be served, which is overload.',
  },
  headroom: {
    id: 'metric-headroom',
    name: 'Headroom',
    formula: html`max { <i>m</i> : loads <i>m</i> · <i>λ</i> are served within all targets }`,
    meaning:
      'How many times the open loads could be offered before a worker is overloaded or a p95 passes its target.',
  },
  p95: {
    id: 'metric-p95',
    name: 'p95 latency',
    formula: html`<i>Q</i><sub>0.95</sub>(<i>L</i><sub>w</sub>)`,
    meaning:
      'Latency, from arrival to completion, that 95 of 100 requests of a worker stay below (closest ranks, interpolated).',
  },
  relativeP95: {
    id: 'metric-relative-p95',
    name: 'Relative p95',
    formula: html`mean<sub>w</sub> <i>Q</i><sub>0.95</sub>(<i>L</i><sub>w</sub>) / <i>Q</i><sub>0.95</sub>(<i>L</i><sub>w</sub><sup>baseline</sup>)`,
    meaning:
      'Mean over workers of p95 latency against the same worker under baseline. Below 1 is better.',
  },
  power: {
    id: 'metric-power',
    name: 'Power',
    formula: html`<i>P</i> = <i>E</i> / <i>T</i>`,
    meaning: 'Mean power of the device over the measured window, in watts.',
  },
  requestsPerJoule: {
    id: 'metric-requests-per-joule',
    name: 'Requests per joule',
    formula: html`<i>R</i> / <i>P</i>`,
    meaning:
      'Completed requests for each joule the device draws. It favours models with short requests.',
  },
  workPerKilojoule: {
    id: 'metric-work-per-kilojoule',
    name: 'Work per kilojoule',
    formula: html`1000 · WS / <i>P</i>`,
    meaning:
      'Seconds of solo work done for each kilojoule: weighted speedup per kilowatt. It counts every model alike.',
  },
  switches: {
    id: 'metric-switches',
    name: 'Switches per request',
    formula: html`<i>s</i><sub>w</sub>`,
    meaning:
      'Changes of partition between consecutive kernels of one request, each of which costs a barrier. Mean over workers in the overview.',
  },
  rightSize: {
    id: 'metric-right-size',
    name: 'Right-size',
    formula: html`min { <i>c</i> : <i>t</i>(<i>c</i>) ≤ (1 + <i>τ</i>) · min <i>t</i> + <i>ε</i> }`,
    meaning:
      'Fewest compute units c, of those that runs of granules have, on which a kernel stays within a tolerance of its best time: τ = 5%, ε = 0.3 µs.',
  },
} satisfies Record<string, Definition>

/** The name of a metric, linked to its definition on the same page. */
export function term({ id, name }: Definition): Html {
  return html`<a href="#${id}">${name}</a>`
}

/** The list of definitions that {@link term} links to. */
export function definitionList(definitions: readonly Definition[]): Html {
  return html`<dl class="terms">${definitions.map(
    ({ id, name, formula, meaning }) =>
      html`<div><dt id="${id}">${name}</dt><dd><p class="formula">${formula}</p><p>${meaning}</p></dd></div>`,
  )}</dl>
`
}
