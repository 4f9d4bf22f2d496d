/**
 * Prints what `eclip bench` measured on the H200 (data/measured/h200-bench.json) as Markdown:
 * plain streams, eclip, the windows plan chosen by simulation alone and the best MPS setting of
 * every mix.
 *
 *   node bench/measured.mjs [FILE] [--all]
 *
 * --all: every contestant of every mix. FILE: another bench in data/measured; h200-bench-first.json
 * has four more mixes, whose plans an earlier simulator made and which miss most MPS shares.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const MEASURED = new URL('../data/measured/', import.meta.url)
const RECORDED = [
  'h200-first-points.json.gz',
  'h200-points.json.gz',
  'h200-mixes.json.gz',
  'h200-first-points-again.json.gz',
  'h200-bench-points.json.gz',
]
const FILE = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 'h200-bench.json'
const { mixes } = JSON.parse(readFileSync(new URL(FILE, MEASURED), 'utf8'))

const percent = (value) => `${value >= 0 ? '+' : '−'}${Math.abs(100 * value).toFixed(0)}%`
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length
const row = (cells) => console.log(`| ${cells.join(' | ')} |`)

/** Work per joule: weighted speedup per kilowatt. */
const work = ({ weightedSpeedup, powerW }) => (1000 * weightedSpeedup) / powerW
const best = (list, value) => list.reduce((a, b) => (value(b) > value(a) ? b : a))
const of = ({ contestants }, test) => contestants.filter(({ name }) => test.test(name))

/** The worker whose normalized throughput is lowest without partitions. */
function slowest({ workers }) {
  const rates = workers.map(({ rps, soloRps }) => rps / soloRps)
  return rates.indexOf(Math.min(...rates))
}

function judge(mix) {
  const [baseline] = of(mix, /^baseline$/)
  const [eclip] = of(mix, /^eclip$/)
  const plans = of(mix, /^windows/)
  const [windows] = plans
  const shares = of(mix, /^mps-/)
  const mps = shares.length > 0 ? best(shares, (one) => one.weightedSpeedup) : undefined
  const slow = slowest(baseline)
  return { mix, baseline, eclip, plans, windows, mps, slow }
}

const judged = mixes.map(judge)

function printTable() {
  row([
    'mix',
    'plain',
    'eclip',
    'windows',
    'predicted',
    'against plain',
    'work/J',
    'p95 of the slowest, ms',
    'best MPS',
    'against MPS',
  ])
  row(Array(10).fill('---'))
  for (const { mix, baseline, eclip, windows, mps, slow } of judged) {
    const p95 = [baseline, windows].map(({ workers }) => workers[slow].p95Ms.toFixed(2))
    row([
      mix.title,
      baseline.weightedSpeedup.toFixed(3),
      eclip?.weightedSpeedup.toFixed(3) ?? '',
      windows.weightedSpeedup.toFixed(3),
      windows.predictedSpeedup?.toFixed(3) ?? '',
      percent(windows.weightedSpeedup / baseline.weightedSpeedup - 1),
      percent(work(windows) / work(baseline) - 1),
      `${mix.workers[slow]}: ${p95.join(' → ')}`,
      mps ? `${mps.weightedSpeedup.toFixed(3)} (${mps.name.slice(4)}%)` : '',
      mps ? percent(windows.weightedSpeedup / mps.weightedSpeedup - 1) : '',
    ])
  }
}

function printMeans() {
  const against = (pick, value) =>
    judged.flatMap((one) => (pick(one) ? [value(pick(one)) / value(one.baseline) - 1] : []))
  const speedup = (one) => one.weightedSpeedup
  const lowerP95 = (pick) =>
    judged.filter((one) => pick(one).workers[one.slow].p95Ms < one.baseline.workers[one.slow].p95Ms)
  const picks = [
    ['windows, the plan for weighted speedup, by simulation alone', (one) => one.windows],
    ['windows, the plan that measured best', (one) => best(one.plans, speedup)],
    ['windows, the plan of the most work per joule', (one) => best(one.plans, work)],
    ['eclip', (one) => one.eclip],
    ['the best MPS share', (one) => one.mps],
  ]
  console.log('\nagainst plain streams, mean over mixes:')
  for (const [name, pick] of picks) {
    const gains = against(pick, speedup)
    if (gains.length < judged.length) continue
    const parts = [
      `weighted speedup ${percent(mean(gains))} (worst mix ${percent(Math.min(...gains))})`,
      `work per joule ${percent(mean(against(pick, work)))}`,
      `slowest worker's p95 lower in ${lowerP95(pick).length} of ${judged.length}`,
    ]
    console.log(`${name}: ${parts.join(', ')}`)
  }
  const withMps = judged.filter(({ mps }) => mps)
  const over = (pick) =>
    percent(mean(withMps.map((one) => speedup(pick(one)) / speedup(one.mps) - 1)))
  console.log(
    `against the best of all MPS shares, weighted speedup: windows ${over(({ windows }) => windows)}, the plan that measured best ${over(({ plans }) => best(plans, speedup))} (${withMps.length} mixes)`,
  )
}

/** Recorded points of the same workers, their rates over the rates alone of this bench. */
function printRecorded() {
  console.log(
    '\nwindows against the best recorded point of the mix, both over the rates alone of this bench:',
  )
  const recorded = RECORDED.flatMap(
    (file) => JSON.parse(gunzipSync(readFileSync(new URL(file, MEASURED))).toString()).points,
  )
  for (const { mix, windows } of judged) {
    const same = recorded.flatMap(({ workers }) => {
      const closed = workers.every(({ load }) => !load || load === 'closed')
      const rates = closed ? ratesBeside(workers, mix, windows) : undefined
      return rates ? [rates.reduce((a, b) => a + b, 0)] : []
    })
    if (same.length === 0) continue
    const most = Math.max(...same)
    const share = ((100 * windows.weightedSpeedup) / most).toFixed(1)
    console.log(
      `${mix.title}: ${windows.weightedSpeedup.toFixed(3)} of ${most.toFixed(3)}, ${share}% (${same.length} points)`,
    )
  }
}

function ratesBeside(workers, mix, windows) {
  const solo = new Map(windows.workers.map(({ soloRps }, i) => [mix.workers[i], soloRps]))
  const names = workers.map(({ model, batch }) => `${model}/${batch}`)
  if ([...names].sort().join() !== [...mix.workers].sort().join()) return undefined
  return workers.map(({ rps }, i) => rps / solo.get(names[i]))
}

function printAll() {
  for (const mix of mixes) {
    console.log(`\n${mix.title}: ${mix.workers.join(', ')}`)
    row([
      'contestant',
      'weighted speedup',
      'spread',
      'predicted',
      'power W',
      'lowest worker',
      'slowest p95 ms',
      'objective',
    ])
    row(Array(8).fill('---'))
    const slow = slowest(of(mix, /^baseline$/)[0])
    for (const one of mix.contestants)
      row([
        one.name,
        one.weightedSpeedup.toFixed(3),
        `${(100 * one.spread).toFixed(1)}%`,
        one.predictedSpeedup?.toFixed(3) ?? '',
        one.powerW?.toFixed(0) ?? '',
        Math.min(...one.workers.map(({ rps, soloRps }) => rps / soloRps)).toFixed(3),
        one.workers[slow].p95Ms?.toFixed(2) ?? '',
        one.parameters?.objective ?? '',
      ])
    for (const { name, reason } of mix.failed) console.log(`${name} failed: ${reason}`)
  }
}

printTable()
printMeans()
printRecorded()
if (process.argv.includes('--all')) printAll()
