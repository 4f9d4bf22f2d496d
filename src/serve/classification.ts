import { Refusal } from './refusal.js'
import { elementCount, joinElements, type OutputTensor } from './tensors.js'
import { valuesOfBytes } from './values.js'

/** How a model's output is laid out, as far as classification cares. */
export type BatchKind = 'batched' | 'single'

/**
 * The highest values of each row as strings "value:index" or "value:index:label".
 *
 * @param output of a batched model [rows, ...], else one row
 * @param classes how many, 1 or more; a row may have fewer
 * @returns BYTES of shape [rows, classes], or [classes] without batches
 * @throws Refusal `invalid` for values that have no order
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
  const elements: Uint8Array[] = []
  for (let row = 0; row < rows; row++) {
    const part = values.slice(row * width, (row + 1) * width)
    const order = part.map((_, i) => i).sort((a, b) => compare(part[b], part[a]) || a - b)
    for (const i of order.slice(0, kept)) {
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

function compare(one: number | bigint, other: number | bigint): number {
  return one < other ? -1 : one > other ? 1 : 0
}
