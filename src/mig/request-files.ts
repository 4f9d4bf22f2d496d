import { describe, InputError } from '../errors.js'
import { countsOf } from '../numbers.js'
import { type BatchDistribution, weightedBatches } from '../schedule/partitions/batch-sizes.js'
import type { RecordedRequests } from '../schedule/partitions/requests.js'
import { dataLines, numberIn } from './columns.js'

/**
 * A distribution of batch sizes from a file, with lines `batch,weight` or one observed batch size
 * per line. A header line is skipped.
 * @throws InputError for a batch outside 1..maxBatch, a negative weight, or a file without data
 */
export function batchesFromText(text: string, maxBatch: number, file: string): BatchDistribution {
  const lines = withoutHeader(dataLines(text, file))
  const isWeighted = lines.some(({ cells }) => cells.length > 1)
  if (isWeighted) {
    const weights = lines.map((line) => {
      const batch = numberIn(line, 0, 'a batch size', file)
      const weight = numberIn(line, 1, 'a weight', file)
      if (!(weight >= 0)) fail(file, line.place, 'a weight of 0 or more', weight)
      checkBatch(batch, maxBatch, file, line.place)
      return [batch, weight] as const
    })
    return weightedBatches(weights, maxBatch, file)
  }
  const observed = lines.map((line) => {
    const batch = numberIn(line, 0, 'a batch size', file)
    checkBatch(batch, maxBatch, file, line.place)
    return batch
  })
  return weightedBatches([...countsOf(observed)], maxBatch, file)
}

/**
 * Recorded arrivals: lines `time_s` or `time_s,batch`, in order of time. A header line is skipped.
 * @throws InputError for a time that decreases, a bad number, or fewer than two arrivals
 */
export function arrivalsFromText(text: string, maxBatch: number, file: string): RecordedRequests {
  const lines = withoutHeader(dataLines(text, file))
  const timesS: number[] = []
  const batches: number[] = []
  for (const line of lines) {
    const time = numberIn(line, 0, 'a time in seconds', file)
    const previous = timesS[timesS.length - 1] ?? 0
    if (time < previous) fail(file, line.place, `a time not before ${previous}`, time)
    timesS.push(time)
    if (lines[0].cells.length < 2) continue
    const batch = numberIn(line, 1, 'a batch size', file)
    checkBatch(batch, maxBatch, file, line.place)
    batches.push(batch)
  }
  if (timesS.length < 2) fail(file, '', 'at least two arrivals', timesS.length)
  return batches.length > 0 ? { timesS, batches } : { timesS }
}

type Lines = ReturnType<typeof dataLines>

function withoutHeader(lines: Lines): Lines {
  const isHeader = lines.length > 0 && Number.isNaN(Number(lines[0].cells[0]))
  return isHeader ? lines.slice(1) : lines
}

function checkBatch(batch: number, maxBatch: number, file: string, place: string): void {
  if (Number.isInteger(batch) && batch >= 1 && batch <= maxBatch) return
  fail(file, place, `a batch from 1 to ${maxBatch}, the largest in the latency table`, batch)
}

function fail(file: string, path: string, expected: string, found: unknown): never {
  throw new InputError({ file, path, expected, found: describe(found) })
}
