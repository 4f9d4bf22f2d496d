/**
 * Prints what `eclip bench` measured on the H200 as Markdown. For each mix: plain streams, the windows plan chosen by
 * simulation alone, MPS with priorities, eclip and the best MPS share. Rates alone differ a little from process to
 * process, so every gain is over the plain streams of its own run.
 *
 *   node bench/measured.mjs [FILE...] [--all]
 *
 * FILE: benches in data/measured/bench; by default h200-told-mixes.json, h200-ten-mixes.json and
 * h200-eight-mixes.json. A mix is taken from the first run of the first file that has it. If that file lacks eclip or
 * a rival, these come from the next file. From h200-told-mixes.json on, processes under MPS are told of the whole
 * device; before, they were told only of their share. --all prints every contestant of every run.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const BENCHES = new URL('../data/measured/bench/', import.meta.url)
const POINTS = new URL('../data/measured/points/', import.meta.url)
const RECORDED = [
  'h200-first-mixes.json.gz',
  'h200-varied-mixes-memsets-left.json.gz',
  'h200-varied-mixes.json.gz',
  'h200-further-mixes.json.gz',
  'h200-repeats.json.gz',
  'h200-bench-twelve-mixes.json.gz',
  'h200-bench-eight-mixes.json.gz',
  'h200-bench-told-mixes.json.gz',
]
const named = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const NEWEST = ['h200-told-mixes.json', 'h200-ten-mixes.json', 'h200-eight-mixes.json']
const files = named.length > 0 ? named : NEWEST
const benches = files.map((file) => JSON.parse(readFileSync(new URL(file, BENCHES), 'utf8')))
const titles = [...new Set(benches.flatMap(({ mixes }) => mixes.map(({ title }) => title)))]
/** The runs of each mix, those of the newest file first. */
const runs = titles.map((title) =>
  benches.flatMap(({ mixes }, file) =>
    mixes.filter((mix) => mix.title === title).map((mix) => ({ ...mix, file })),
  ),
)

/**
 * Of the measured shares, those at which plain PyTorch that is told only of its share computed right on an H200. At
 * the others it computes wrong or was not checked, as at the equal shares of more workers (docs/hardware.md, MPS).
 */
const RIGHT = /^mps-(100|50|25)$/
const MOST_CHECKED = 4
const isTold = files[0] === NEWEST[0]

const percent = (value) => `${value >= 0 ? '+' : '−'}${Math.abs(100 * value).toFixed(0)}%`
const percentAndTenth = (value) => `${value >= 0 ? '+' : '−'}${Math.abs(100 * value).toFixed(1)}%`
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length
const row = (cells) => console.log(`| ${cells.join(' | ')} |`)

/** Work per joule: weighted speedup per kilowatt. */
const work = ({ weightedSpeedup, powerW }) => (1000 * weightedSpeedup) / powerW
const best = (list, value) => list.reduce((a, b) => (value(b) > value(a) ? b : a))
const of = ({ contestants }, test) => contestants.filter(({ name }) => test.test(name))

/** The worker with the lowest normalized throughput without partitions. */
function slowest({ workers }) {
  const rates = workers.map(({ rps, soloRps }) => rps / soloRps)
  return rates.indexOf(Math.min(...rates))
}

/**
 * The best contestant of a kind in the newest file that has any of that kind, and its
 * gain over the plain streams of its run.
 */
function gainOf(runsOfMix, test) {
  const newest = runsOfMix.find((run) => of(run, test).length > 0)?.file
  const gains = runsOfMix
    .filter(({ file }) => file === newest)
    .flatMap((run) => {
      const [baseline] = of(run, /^baseline$/)
      return of(run, test).map((one) => ({
        one,
        baseline,
        gain: speedup(one) / speedup(baseline) - 1,
      }))
    })
  return gains.length === 0 ? undefined : best(gains, ({ gain }) => gain)
}

function judge(runsOfMix) {
  const [mix] = runsOfMix
  const [baseline] = of(mix, /^baseline$/)
  const plans = of(mix, /^windows/)
  const [windows] = plans
  const eclip = gainOf(runsOfMix, /^eclip$/)
  const mps = gainOf(runsOfMix, /^mps-/)
  const shares = gainOf(runsOfMix, /^mps$/)
  const isChecked = !isTold && mix.workers.length <= MOST_CHECKED
  const right = isChecked ? gainOf(runsOfMix, RIGHT) : undefined
  return { mix, baseline, eclip, plans, windows, mps, shares, right, slow: slowest(baseline) }
}

const speedup = ({ weightedSpeedup }) => weightedSpeedup
const judged = runs.map(judge)
/** How far a plan is ahead of the best MPS share, where each is compared with the plain streams of its own run. */
const overMps = ({ mps, baseline }, plan) => speedup(plan) / speedup(baseline) / (1 + mps.gain) - 1

function printTable() {
  row([
    'mix',
    'plain',
    'windows',
    'predicted',
    'against plain',
    'work/J',
    'p95 of the slowest, ms',
    'eclip',
    'best MPS',
    'windows against MPS',
    '`mps`',
  ])
  row(Array(11).fill('---'))
  for (const one of judged) {
    const { mix, baseline, eclip, windows, mps, shares, slow } = one
    const p95 = [baseline, windows].map(({ workers }) => workers[slow].p95Ms.toFixed(2))
    row([
      mix.title,
      speedup(baseline).toFixed(3),
      speedup(windows).toFixed(3),
      windows.predictedSpeedup?.toFixed(3) ?? '',
      percent(speedup(windows) / speedup(baseline) - 1),
      percent(work(windows) / work(baseline) - 1),
      `${mix.workers[slow]}: ${p95.join(' → ')}`,
      eclip ? percent(eclip.gain) : '',
      mps ? `${percent(mps.gain)} (${mps.one.name.slice(4)}%)` : '',
      mps ? percentAndTenth(overMps(one, windows)) : '',
      shares ? percent(shares.gain) : '',
    ])
  }
}

function printMeans() {
  const own = (pick) => judged.map((mix) => ({ one: pick(mix), baseline: mix.baseline }))
  const contestants = [
    ['windows, the plan for weighted speedup, by simulation alone', own(({ windows }) => windows)],
    ['windows, the plan that measured best', own(({ plans }) => best(plans, speedup))],
    ['windows, the plan of the most work per joule', own(({ plans }) => best(plans, work))],
    ['eclip', judged.map(({ eclip }) => eclip)],
    ['the best MPS share', judged.map(({ mps }) => mps)],
    ['mps, with priorities, by simulation alone', judged.map(({ shares }) => shares)],
  ]
  console.log('\nagainst plain streams, mean over mixes:')
  for (const [name, all] of contestants) {
    const present = all.filter((some) => some)
    if (present.length === 0) continue
    const gains = present.map(({ one, baseline }) => speedup(one) / speedup(baseline) - 1)
    const works = present.map(({ one, baseline }) => work(one) / work(baseline) - 1)
    const lower = all.filter((some, i) => {
      const p95 = ({ workers }) => workers[judged[i].slow].p95Ms
      return some && p95(some.one) < p95(some.baseline)
    })
    const parts = [
      `weighted speedup ${percent(mean(gains))} (worst mix ${percent(Math.min(...gains))})`,
      `work per joule ${percent(mean(works))}`,
      `slowest worker's p95 lower in ${lower.length} of ${present.length}`,
    ]
    console.log(`${name}: ${parts.join(', ')}`)
  }
  const withMps = judged.filter(({ mps }) => mps)
  const over = (pick) => percent(mean(withMps.map((mix) => overMps(mix, pick(mix)))))
  console.log(
    `against the best of all MPS shares, weighted speedup: windows ${over(({ windows }) => windows)}, the plan that measured best ${over(({ plans }) => best(plans, speedup))} (${withMps.length} mixes)`,
  )
  const checked = judged.filter(({ right }) => right)
  if (checked.length === 0) return
  const ahead = checked.map((one) => overMps({ ...one, mps: one.right }, one.windows))
  console.log(
    `against the best of the shares at which plain PyTorch computes right, up to ${MOST_CHECKED} workers: windows ${percent(mean(ahead))}, ${percent(Math.min(...ahead))} to ${percent(Math.max(...ahead))} (${checked.length} mixes)`,
  )
}

/**
 * The best recorded weighted speedup of the same workers, over two kinds of rates alone: those of the recording
 * process, and those of this bench. Both vary by a few percent by card and hour.
 */
function printRecorded() {
  console.log('\nwindows against the best recorded point of the mix (and by rates together alone):')
  const recorded = RECORDED.flatMap(
    (file) => JSON.parse(gunzipSync(readFileSync(new URL(file, POINTS))).toString()).points,
  )
  for (const { mix, windows } of judged) {
    const same = recorded.filter(
      ({ workers }) =>
        workers.every(({ load }) => !load || load === 'closed') &&
        namesOf(workers).sort().join() === [...mix.workers].sort().join(),
    )
    if (same.length === 0) continue
    const solo = new Map(windows.workers.map(({ soloRps }, i) => [mix.workers[i], soloRps]))
    const own = same.map(({ workers }) => total(workers.map(({ rps, soloRps }) => rps / soloRps)))
    const here = same.map(({ workers }) =>
      total(workers.map(({ rps }, i) => rps / solo.get(namesOf(workers)[i]))),
    )
    const share = (most) => `${((100 * speedup(windows)) / most).toFixed(1)}%`
    const most = Math.max(...own)
    console.log(
      `${mix.title}: ${speedup(windows).toFixed(3)} of ${most.toFixed(3)}, ${share(most)} (${share(Math.max(...here))}); ${same.length} points`,
    )
  }
}

const namesOf = (workers) => workers.map(({ model, batch }) => `${model}/${batch}`)
const total = (values) => values.reduce((a, b) => a + b, 0)

function printAll() {
  for (const mix of runs.flat()) {
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
