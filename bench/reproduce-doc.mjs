/**
 * Writes the tables of docs/reproduce.md again, each between its marker and the next heading, from the JSON of `eclip
 * reproduce` and `eclip reproduce --device h200`. Takes four minutes on two cores.
 *
 *   npm run build && node bench/reproduce-doc.mjs
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { writeFile } from '../dist/io/write.js'
import { change, fixed, significant } from '../dist/report/kit/index.js'
import {
  between,
  claimCells,
  rangeCells,
  regionCounts,
} from '../dist/report/pages/reproduce/region-text.js'
import { tally, verdictOf } from '../dist/reproduce/claim.js'

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const DOCUMENT = fileURLToPath(new URL('../docs/reproduce.md', import.meta.url))
const METRICS = {
  throughput: 'Requests per second',
  weightedSpeedup: 'Weighted speedup',
  requestsPerWatt: 'Requests per watt',
  p95: 'p95 latency (mean over workers)',
}

function reproduce(...args) {
  const options = { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] }
  return JSON.parse(execFileSync(process.execPath, [CLI, 'reproduce', '--json', ...args], options))
}

const table = (head, rows, align = '---') =>
  [head, head.map((_, i) => (i === 0 ? '---' : align)), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
const value = (number) => (Number.isFinite(number) ? fixed(number, 2) : '–')
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length

function mixTables({ mixes }) {
  const head = ['', ...mixes.map(({ id }) => `Mix ${id}`), 'mean', 'without the highest']
  return Object.entries(METRICS).map(([metric, title]) => {
    const rows = mixes[0].policies.map(({ policy }, p) => {
      const values = mixes.map(
        ({ policies }) => policies[p].relativeToBaseline[metric] ?? Number.NaN,
      )
      const rest = values.filter((_, i) => i !== values.indexOf(Math.max(...values)))
      return [policy, ...values.map(value), value(mean(values)), value(mean(rest))]
    })
    return `${title}:\n\n${table(head, rows, '--:')}`
  })
}

function switchTable({ mixes }) {
  const rows = mixes.map(({ id, models, paperSwitches, policies }) => {
    const of = (name) => policies.find(({ policy }) => policy === name)
    const both = (paper, name) => {
      const ours = Math.round(of(name).switchesPerRequest)
      return `${paper} / ${ours}, ${change(ours, paper)}`
    }
    return [
      `${id}: ${models.join(', ')}`,
      both(paperSwitches.ioctl, 'kernel-wise-ioctl'),
      both(paperSwitches.prealloc, 'kernel-wise-prealloc'),
      both(paperSwitches.eclip, 'eclip'),
      both(paperSwitches.eclip, 'eclip-near-optimal'),
      of('eclip').mostSwitchesOfWorker,
    ]
  })
  const head = ['Mix', 'KW-IOCTL', 'KW-Prealloc', 'ECLIP', 'ECLIP within 1%', 'most of one worker']
  return [table(head, rows, '--:')]
}

function claimTable({ claims }) {
  const word = (claim) => (claim.holds ? verdictOf(claim) : `**${verdictOf(claim)}**`)
  const rows = claims.map((claim) => [claim.paper, claim.ours, word(claim), claim.why])
  return [table(['paper', 'ours', 'in the model', 'why not'], rows), `${tally(claims)}.`]
}

function regionTables({ region }) {
  const evidence = region.checks.map((check) => [
    `${check.stated} (${check.source})`,
    significant(check.ours),
    between(check.least, check.most),
  ])
  const ranges = region.ranges.map((range) => {
    const [parameter, ...extents] = rangeCells(range)
    return [`\`${parameter}\``, ...extents, range.source]
  })
  const claims = region.claims.map((claim) => {
    const [paper, ...figures] = claimCells(claim)
    return [claim.kind === 'input' ? `${paper} (input)` : paper, ...figures]
  })
  return [
    `Parameters: ${regionCounts(region)}.`,
    table(['published', 'ours', 'consistent'], evidence),
    table(['parameter', 'drawn from', 'consistent', 'why this range'], ranges),
    table(['claim', 'holds in', 'least', 'median', 'most', 'goes with'], claims),
  ]
}

function ablationTables({ ablations }) {
  const head = ['requests/s', 'weighted speedup', 'requests per watt', 'p95', 'switches', 'mixes']
  return ablations.map(({ title, points }) => {
    const rows = points.map((point) => [
      point.value,
      ...Object.keys(METRICS).map((metric) => change(point[metric] ?? Number.NaN, 1)),
      Math.round(point.switches),
      point.mixes,
    ])
    return table([title, ...head], rows, '--:')
  })
}

const mi50 = reproduce()
const h200 = reproduce('--device', 'h200')
const sections = {
  region: regionTables(mi50),
  claims: claimTable(mi50),
  mixes: mixTables(mi50),
  switches: switchTable(mi50),
  ablations: ablationTables(mi50),
  h200: [...mixTables(h200), ...claimTable(h200)],
}
let text = readFileSync(DOCUMENT, 'utf8')
for (const [name, parts] of Object.entries(sections)) {
  const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(?=\n## |\n\\*\\*|$)`)
  text = text.replace(marked, (_, marker) => `${marker}\n${parts.join('\n\n')}\n`)
}
writeFile(DOCUMENT, text)
