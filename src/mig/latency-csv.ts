import { describe, InputError } from '../errors.js'
import { type DataLine, dataLines, numberIn } from './columns.js'
import type { PartitionableGpu } from './gpu.js'
import { type LatencyModel, type LatencyPoint, latencyModelOf } from './latency-model.js'

const HEADER = ['partition', 'batch', 'latency_ms']

/**
 * A table of the user's, with a header `partition,batch,latency_ms` and one line per point. A
 * partition is a profile's name (`2g.35gb`), only its size (`2g`), or a number of compute units.
 * @throws InputError for a wrong header, an unknown partition, a bad number or a missing point
 */
export function latencyModelFromCsv(
  text: string,
  model: string,
  gpu: PartitionableGpu,
  file: string,
): LatencyModel {
  const [header, ...lines] = dataLines(text, file)
  if (header === undefined || header.cells.join() !== HEADER.join()) {
    const found = header === undefined ? 'an empty file' : describe(header.cells.join())
    throw new InputError({ file, path: 'line 1', expected: `the header ${HEADER.join()}`, found })
  }
  const points = lines.map((line) => pointOf(line, gpu, file))
  return latencyModelOf(model, `from ${file}, interpolated between its points`, points, file)
}

function pointOf(line: DataLine, gpu: PartitionableGpu, file: string): LatencyPoint {
  return {
    cus: cusOf(line, gpu, file),
    batch: numberIn(line, 1, 'a batch size', file),
    latencyUs: numberIn(line, 2, 'a latency in ms', file) * 1000,
    place: line.place,
  }
}

function cusOf(line: DataLine, gpu: PartitionableGpu, file: string): number {
  const asked = line.cells[0]
  const profiles = gpu.profiles.filter((profile) => profile.role !== 'media')
  const named =
    profiles.find((profile) => profile.name === asked) ??
    profiles.find((profile) => profile.name.split('.')[0] === asked)
  if (named !== undefined) return named.cus
  if (/^\d+$/.test(asked)) return Number(asked)
  throw new InputError({
    file,
    path: line.place,
    expected: `a partition of ${gpu.name} (${profiles.map(({ name }) => name).join(', ')}) or a number of compute units`,
    found: describe(asked),
  })
}
