import { Refusal } from '../refusal.js'
import { elementCount, joinElements, type OutputTensor } from './tensors.js'
import { valuesOfBytes } from './values.js'

/** How a model's output is laid out, as far as classification is concerned. */
export type BatchKind = 'batched' | 'single'

/** The most strings to make of one output, which takes a quarter of a second. */
const MOST_STRINGS = 2 ** 18

/**
 * The highest values of each row, as strings "value:index" or "value:index:label".
 *
 * @param output of a batched model [rows, ...], else one row
 * @param classes how many values of each row, 1 or more; a row may have fewer
 * @returns BYTES of shape [rows, classes], or [classes] without batches
 * @throws Refusal `invalid` for values that have no order, `too-large` for too many classes
 */
export function classify(
  output: OutputTensor,
  classes: number,
  kind: BatchKind,
  labels: readonly string[] = [],
): OutputTensor {
  const { name, datatype, shape } = output
  if (datatype === 'BYTES' || datatype === 'BOOL')
    throw new Refusal('invalid', `output '${name}': ${datatype} cannot be classified`)
  const values = valuesOfBytes(datatype, output.data) as (number | bigint)[]
  const rows = kind === 'batched' ? shape[0] : 1
  const width = elementCount(shape) / rows
  const kept = Math.min(classes, width)
  if (rows * kept > MOST_STRINGS)
    throw new Refusal(
      'too-large',
      `output '${name}': at most ${MOST_STRINGS} classes are sent, found ${rows * kept}`,
    )
  const elements: Uint8Array[] = []
  for (let row = 0; row < rows; row++) {
    const part = values.slice(row * width, (row + 1) * width)
    for (const i of highest(part, kept)) {
      const label = labels[i] === undefined ? '' : `:${labels[i]}`
      elements.push(Buffer.from(`${part[i]}:${i}${label}`))
    }
  }
  return {
    name,
    datatype: 'BYTES',
    shape: kind === 'batched' ? [rows, kept] : [kept],
    data: joinElements(elements),
  }
}

/** The positions of the highest values, highest first. Equal values keep their order, and NaN comes last. */
function highest(values: readonly (number | bigint)[], count: number): number[] {
  const keys = new Float64Array(values.length)
  for (let i = 0; i < keys.length; i++)
    keys[i] = Number.isNaN(values[i]) ? Number.NEGATIVE_INFINITY : Number(values[i])
  // Sorting the numbers alone is ten times as fast as sorting all positions with a comparison function.
  const least = keys.slice().sort()[keys.length - count]
  const places: number[] = []
  for (let i = 0; i < keys.length; i++) if (keys[i] >= least) places.push(i)
  return places
    .sort((a, b) => compare(keys[b], keys[a]) || compare(values[b], values[a]) || a - b)
    .slice(0, count)
}

function compare(one: number | bigint, other: number | bigint): number {
  return one < other ? -1 : one > other ? 1 : 0
}
