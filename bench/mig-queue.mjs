// Schedules 10 million requests on one core. Checks the time against the limit of
// 60 s, and whether memory stays flat.
// npm run build && node bench/mig-queue.mjs [requests]
import { createRandom } from '../dist/random.js'
import { poissonGaps } from '../dist/schedule/arrivals.js'
import { logNormalBatches } from '../dist/schedule/partitions/batch-sizes.js'
import { schedulers } from '../dist/schedule/partitions/registry.js'
import { drawnRequests } from '../dist/schedule/partitions/requests.js'
import { runQueue } from '../dist/schedule/partitions/simulator.js'
import { serviceTable } from '../dist/schedule/partitions/view.js'

const LIMIT_S = 60
const requests = Number(process.argv[2] ?? 10_000_000)
const batches = logNormalBatches({ median: 6, sigma: 0.9, maxBatch: 32 })

/** Partitions from half to full speed, at 75% of the rate at which all would always be busy. */
function system(partitions) {
  const rows = Array.from({ length: partitions }, (_, p) =>
    Float64Array.from({ length: 33 }, (_, b) => (b && 500 + 300 * b) * (2 - p / partitions)),
  )
  const perUs = rows.map((row) => 1 / row.reduce((sum, us, b) => sum + us * batches[b], 0))
  return { table: serviceTable(rows), ratePerS: 0.75e6 * perUs.reduce((a, b) => a + b) }
}

console.log(`${requests} requests, limit ${LIMIT_S} s`)
console.log('partitions  scheduler        s   of limit   most in flight   RSS grown, MB')
for (const partitions of [7, 56]) {
  const { table, ratePerS } = system(partitions)
  for (const kind of schedulers.values()) {
    const random = createRandom(3)
    const before = process.memoryUsage().rss
    const start = performance.now()
    const { poolCapacity } = runQueue({
      table,
      scheduler: kind.create(createRandom(1)),
      requests: drawnRequests(requests, poissonGaps(random), batches, random),
      ratePerS,
      slaUs: 60_000,
      warmup: 1000,
    })
    const seconds = (performance.now() - start) / 1000
    const grown = (process.memoryUsage().rss - before) / 1e6
    console.log(
      `${`${partitions}`.padStart(10)}  ${kind.name.padEnd(12)} ${seconds.toFixed(2).padStart(6)} ${((100 * seconds) / LIMIT_S).toFixed(1).padStart(8)}% ${`${poolCapacity}`.padStart(16)} ${grown.toFixed(1).padStart(15)}`,
    )
  }
}
