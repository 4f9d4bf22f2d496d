import { describe } from '../../errors.js'
import { Refusal } from '../refusal.js'
import { type Datatype, elementBytes, isDatatype } from './datatypes.js'
import type { TensorBytes } from './tensor-bytes.js'

/** More than any real tensor has. */
const MOST_DIMENSIONS = 64

/** The name and the layout of a tensor, without its values. */
export interface TensorHeader {
  readonly name: string
  readonly datatype: Datatype
  /** Each dimension is 0 or more. */
  readonly shape: readonly number[]
}

/** A tensor with its values: little-endian, row-major, without padding. */
export interface Tensor extends TensorHeader {
  readonly bytes: TensorBytes
}

/** A tensor that a model has computed. */
export interface OutputTensor extends TensorHeader {
  readonly data: Uint8Array
  /** How many of its bytes already lie where the request has room for them; `data` is then empty. */
  readonly placedBytes?: number
}

/** The number of elements of a shape. It must not be past what a number counts exactly. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, dimension) => count * dimension, 1)
}

/**
 * A header made from what a client sent.
 * @throws Refusal `invalid` if the type is unknown or the shape is not one
 */
export function readHeader(name: string, datatype: string, shape: readonly number[]): TensorHeader {
  if (!isDatatype(datatype))
    throw new Refusal('invalid', `input '${name}': unknown datatype ${describe(datatype)}`)
  if (shape.length > MOST_DIMENSIONS)
    throw new Refusal(
      'invalid',
      `input '${name}': expected at most ${MOST_DIMENSIONS} dimensions, found ${shape.length}`,
    )
  for (const dimension of shape) {
    if (!Number.isSafeInteger(dimension) || dimension < 0)
      throw new Refusal(
        'invalid',
        `input '${name}': expected whole dimensions from 0 to ${Number.MAX_SAFE_INTEGER}, found ${describe(dimension)}`,
      )
  }
  const header = { name, datatype, shape }
  if (!Number.isSafeInteger(elementCount(shape) * (elementBytes(datatype) ?? 1)))
    throw new Refusal('invalid', `input '${name}': shape [${shape}] is too large`)
  return header
}

/**
 * A tensor whose bytes fit its header. The elements of a BYTES tensor must be read to
 * know that, which `checkElements` does.
 * @throws Refusal `invalid` if there are too many bytes or too few
 */
export function tensorOf(header: TensorHeader, bytes: TensorBytes): Tensor {
  const { name, datatype, shape } = header
  const size = elementBytes(datatype)
  if (size !== undefined && bytes.byteLength !== elementCount(shape) * size)
    throw new Refusal(
      'invalid',
      `input '${name}': expected ${elementCount(shape) * size} bytes for shape [${shape}] of ${datatype}, found ${bytes.byteLength}`,
    )
  return { name, datatype, shape, bytes }
}

/**
 * The most bytes of elements that are read at once. The server does nothing else in that time, and regions
 * of shared memory may have any size.
 */
const MOST_READ = 2 ** 26

/**
 * Checks that the elements of a BYTES tensor fill it exactly. A client can name a region of terabytes without
 * sending it, so this is only done once the model is known to take such a tensor.
 * @throws Refusal `invalid` if they do not, `too-large` if there are too many bytes to read
 */
export function checkElements({ name, shape, bytes }: Tensor): void {
  if (bytes.byteLength > MOST_READ)
    throw new Refusal('too-large', `input '${name}': BYTES are longer than ${MOST_READ} bytes`)
  const count = elementCount(shape)
  const found = countElements(bytes.contiguous())
  if (found !== count)
    throw new Refusal(
      'invalid',
      `input '${name}': expected ${count} BYTES elements for shape [${shape}], found ${found ?? 'a length that ends past the data'}`,
    )
}

/**
 * Counts the elements of a BYTES tensor: each is a 32-bit length and that many bytes. Undefined if it is cut short.
 */
function countElements(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let count = 0
  let at = 0
  while (at < bytes.byteLength) {
    if (at + 4 > bytes.byteLength) return undefined
    at += 4 + view.getUint32(at, true)
    count++
  }
  return at === bytes.byteLength ? count : undefined
}

/** The elements of a BYTES tensor that is known to be well formed. */
export function splitElements(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; ) {
    const length = view.getUint32(at, true)
    elements.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return elements
}

/** A BYTES tensor of these elements. */
export function joinElements(elements: readonly Uint8Array[]): Uint8Array {
  const size = elements.reduce((total, element) => total + 4 + element.byteLength, 0)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const element of elements) {
    view.setUint32(at, element.byteLength, true)
    bytes.set(element, at + 4)
    at += 4 + element.byteLength
  }
  return bytes
}
