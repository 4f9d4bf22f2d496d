import { describe } from '../../errors.js'
import { Refusal } from '../refusal.js'
import { type Datatype, elementBytes, isDatatype } from './datatypes.js'
import type { TensorBytes } from './tensor-bytes.js'

/** Of any tensor, there are fewer. */
const MOST_DIMENSIONS = 64

/** What a tensor is called and what it holds, apart from its values. */
export interface TensorHeader {
  readonly name: string
  readonly datatype: Datatype
  /** Every dimension is 0 or more. */
  readonly shape: readonly number[]
}

/** A tensor with its values: little-endian, row-major, without padding. */
export interface Tensor extends TensorHeader {
  readonly bytes: TensorBytes
}

/** A tensor that came out of a model. */
export interface OutputTensor extends TensorHeader {
  readonly data: Uint8Array
  /** Bytes of it that lie where the request has room for them already; `data` is empty then. */
  readonly placedBytes?: number
}

/** Elements of a shape; their product may not be past what a number counts exactly. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, dimension) => count * dimension, 1)
}

/**
 * A header made of what a client sent.
 * @throws Refusal `invalid` if the type is unknown or the shape is none
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
        `input '${name}': expected whole dimensions of at least 0, found ${describe(dimension)}`,
      )
  }
  const header = { name, datatype, shape }
  if (!Number.isSafeInteger(elementCount(shape) * (elementBytes(datatype) ?? 1)))
    throw new Refusal('invalid', `input '${name}': shape [${shape}] is too large`)
  return header
}

/**
 * A tensor whose bytes fit its header; those of BYTES elements have to be read for that, by `checkElements`.
 * @throws Refusal `invalid` if there are more or fewer bytes
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

/** Bytes of elements that are read at once, while the server does nothing else: shared memory has no bound. */
const MOST_READ = 2 ** 26

/**
 * Makes sure that the elements of a BYTES tensor add up. A client may say BYTES of terabytes that it only
 * names, so a tensor is looked at once its model is known to take such.
 * @throws Refusal `invalid` if they do not, `too-large` if they are too long to look at
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

/** Elements of a BYTES tensor: each is a 32-bit length and so many bytes; undefined if cut short. */
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

/** The elements of a BYTES tensor that is known to be well-formed. */
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
