import { Refusal } from '../refusal.js'
import type { Datatype } from '../tensors/datatypes.js'
import { elementCount, type OutputTensor, type TensorHeader } from '../tensors/tensors.js'
import { bytesOfValues, valuesOfBytes } from '../tensors/values.js'

/** Deeper than any tensor, but not deep enough to overflow the stack. */
const DEEPEST = 100

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The bytes of a tensor sent as JSON: one flat array, or arrays nested in row-major order.
 * @throws Refusal `invalid`
 */
export function bytesOfJson(header: TensorHeader, data: unknown): Uint8Array {
  if (!Array.isArray(data))
    throw new Refusal('invalid', `input '${header.name}': expected an array as data`)
  const values = data.some(Array.isArray) ? flattened(header, data) : data
  const count = elementCount(header.shape)
  if (values.length !== count)
    throw new Refusal(
      'invalid',
      `input '${header.name}': expected ${count} elements for shape [${header.shape}], found ${values.length}`,
    )
  return bytesOfValues(header, values)
}

function flattened(header: TensorHeader, data: readonly unknown[]): unknown[] {
  const values: unknown[] = []
  const collect = (nested: readonly unknown[], depth: number): void => {
    if (depth > DEEPEST)
      throw new Refusal('invalid', `input '${header.name}': data is nested too deeply`)
    for (const one of nested) {
      if (Array.isArray(one)) collect(one, depth + 1)
      else values.push(one)
    }
  }
  collect(data, 1)
  return values
}

/**
 * A tensor's values as the text of a flat JSON array. NaN and infinities, which JSON cannot express, become null.
 * @throws Refusal `invalid` if a BYTES element is not UTF-8
 */
export function jsonOfTensor({ name, datatype, data }: OutputTensor): string {
  const values = valuesOfBytes(datatype, data)
  if (datatype === 'BYTES') return JSON.stringify(values.map((one) => text(name, one)))
  return isLong(datatype) ? `[${values.join(',')}]` : JSON.stringify(values)
}

function isLong(datatype: Datatype): boolean {
  return datatype === 'INT64' || datatype === 'UINT64'
}

function text(name: string, element: unknown): string {
  try {
    return utf8.decode(element as Uint8Array)
  } catch {
    throw new Refusal('invalid', `output '${name}' is not UTF-8: ask for it with binary_data`)
  }
}
