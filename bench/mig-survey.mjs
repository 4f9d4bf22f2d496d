// PARIS + ELSA against every other pair of partitioner and scheduler: models by GPUs.
// npm run build && node bench/mig-survey.mjs [gpus: 1,2,4,8] [sla: 2] [model,model] [batches]
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const [
  gpuList = '1,2,3,4,5,6,7,8',
  sla = '2',
  models = 'shufflenet,alexnet,densenet201,resnet152,resnext101,albert,vgg19',
  batches = 'lognormal:6:0.9',
] = process.argv.slice(2)

console.log(`target ${sla} x the largest batch on the whole GPU, batches ${batches}`)
console.log(
  'model         GPUs  PARIS+ELSA  as printed   rank  alone  best equal   worst equal  exact gap  highest pair',
)
for (const model of models.split(',')) {
  for (const gpus of gpuList.split(',')) {
    const args = ['mig', 'simulate', '--json', '--model', model, '--gpus', gpus, '--sla', sla]
    const run = spawnSync(process.execPath, [main, ...args, '--batches', batches], {
      encoding: 'utf8',
      maxBuffer: 1e8,
    })
    if (run.status !== 0) {
      console.log(`${model.padEnd(12)} ${gpus.padStart(5)}  ${run.stderr.trim()}`)
      continue
    }
    const { pairs, verdict, exactCheck } = JSON.parse(run.stdout)
    const own = pairs.find((p) => p.partitioner === 'paris' && p.scheduler === 'elsa')
    const printed = pairs.find((p) => p.partitioner === 'paris-printed' && p.scheduler === 'elsa')
    const rate = (p) => p.throughputPerS
    const top = pairs.reduce((a, b) => (rate(b) > rate(a) ? b : a))
    // Each equal layout with its best scheduler, among those that run every request alone, as ELSA does.
    const equal = new Map()
    for (const p of pairs.filter(
      (q) => /^\d+x/.test(q.partitioner) && q.scheduler !== 'batching',
    )) {
      equal.set(p.partitioner, Math.max(equal.get(p.partitioner) ?? 0, rate(p)))
    }
    const ends = [...equal.values()].sort((a, b) => a - b)
    const over = (value) => (value > 0 ? `${(rate(own) / value).toFixed(2)}x` : 'none')
    const gap = exactCheck ? `${(100 * exactCheck.gap).toFixed(1)}%` : ''
    console.log(
      `${model.padEnd(12)} ${gpus.padStart(5)} ${rate(own).toFixed(0).padStart(11)} ${rate(printed).toFixed(0).padStart(11)} ${`${verdict.rank}`.padStart(6)} ${`${verdict.rankUnmerged}`.padStart(6)} ${over(ends.at(-1)).padStart(11)} ${over(ends[0]).padStart(13)} ${gap.padStart(10)}  ${top.partitioner} + ${top.scheduler} ${(rate(top) / rate(own)).toFixed(2)}x`,
    )
  }
}
