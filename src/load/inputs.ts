/** Random inputs with the shapes that a model's metadata asks for. */
import { InputError } from '../errors.js'
import { sum } from '../numbers.js'
import type { Random } from '../random.js'
import type { ClientOptions, Tensor, TensorMetadata } from './client/client.js'
import { type Datatype, type Element, encodeElements } from './client/datatypes.js'

/** Bounds of random values, both inclusive. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** Choices that the metadata leaves open, by input. */
export interface InputChoices {
  /** Sizes of the variable dimensions in their order, except a variable first dimension. */
  readonly sizes: ReadonlyMap<string, readonly number[]>
  /** The range from which values are drawn. */
  readonly ranges: ReadonlyMap<string, Range>
  /** How values travel. */
  readonly encoding: ClientOptions['encoding']
}

/**
 * The most elements that all inputs of a request may have: ten images of 1024 x 1024 are fewer. Without a
 * limit, a server's word about its models would be enough to make a load take all memory. As a list or as JSON,
 * elements take many times the memory that they take as bytes.
 */
const MOST_ELEMENTS = { raw: 2 ** 25, values: 2 ** 22 } as const

/** Of what one request may have, all models together may have this many times as much. */
const MODELS_AT_MOST = 4

/** A text takes as long to draw as this many numbers. */
const TEXT_ELEMENTS = 8

/** Counts the elements of the inputs that are drawn for all models. */
export class DrawnElements {
  readonly #encoding: InputChoices['encoding']
  #total = 0

  constructor(encoding: InputChoices['encoding']) {
    this.#encoding = encoding
  }

  /** @throws InputError if a request has more elements than there is memory for, alone or with those before it */
  add(inputs: readonly TensorMetadata[], shapes: readonly (readonly number[])[]): void {
    const most = MOST_ELEMENTS[this.#encoding]
    const elements = sum(
      inputs.map(
        ({ datatype }, i) => elementsOf(shapes[i]) * (datatype === 'BYTES' ? TEXT_ELEMENTS : 1),
      ),
    )
    this.#total += elements
    this.#check(elements, most, 'a request')
    this.#check(this.#total, MODELS_AT_MOST * most, 'the requests of all models')
  }

  #check(found: number, most: number, where: string): void {
    if (found <= most) return
    const expected = `at most ${most} elements in ${where} with --encoding ${this.#encoding}`
    throw new InputError({ file: 'inputs', expected, found: `${found}` })
  }
}

/**
 * The shapes of a model's inputs for a number of samples, which a variable first dimension counts.
 * @throws InputError if a size is missing, too many are given, or the model takes only one sample
 */
export function shapesFor(
  inputs: readonly TensorMetadata[],
  samples: number,
  sizes: InputChoices['sizes'],
): number[][] {
  return inputs.map((input) => shapeFor(input, samples, sizes))
}

function shapeFor(
  { name, shape }: TensorMetadata,
  samples: number,
  sizes: InputChoices['sizes'],
): number[] {
  const given = [...(sizes.get(name) ?? [])]
  const needed = shape.slice(1).filter((dimension) => dimension < 0).length
  if (given.length !== needed) {
    throw new InputError({
      file: `--shape ${name}`,
      expected: `${needed} sizes, for the variable dimensions of [${shape}] behind the first`,
      found: `${given.length}`,
    })
  }
  if (samples > 1 && shape[0] !== -1) {
    const expected = `1 for a model whose input ${name} has the fixed shape [${shape}]`
    throw new InputError({ file: '--samples', expected, found: `${samples}` })
  }
  return shape.map((dimension, i) => {
    if (dimension >= 0) return dimension
    return i === 0 ? samples : given.shift()!
  })
}

function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}

/**
 * If no range is chosen, integers are 0 or 1, because token types and masks allow no others. Floats
 * are from 0 to 1.
 */
const DEFAULT_RANGE: Range = { low: 0, high: 1 }

const TEXT_BYTES = 8

/** How many elements are drawn at a time, since as a list they take many times the memory that they take encoded. */
const DRAWN_AT_ONCE = 2 ** 16

/** A tensor of independent uniform values. */
export function randomTensor(
  { name, datatype }: TensorMetadata,
  shape: readonly number[],
  range: Range = DEFAULT_RANGE,
  random: Random,
): Tensor {
  const parts: Uint8Array[] = []
  for (let left = elementsOf(shape); left > 0; left -= DRAWN_AT_ONCE) {
    const length = Math.min(left, DRAWN_AT_ONCE)
    const elements = Array.from({ length }, () => randomElement(datatype, range, random))
    parts.push(encodeElements(datatype, elements))
  }
  return { name, datatype, shape, data: Buffer.concat(parts) }
}

function randomElement(datatype: Datatype, { low, high }: Range, random: Random): Element {
  if (datatype === 'BYTES') return randomText(random)
  if (datatype.includes('FP') || datatype === 'BF16') return low + (high - low) * random.uniform()
  const least = Math.ceil(low)
  const whole = least + random.integer(Math.floor(high) - least + 1)
  return datatype.endsWith('64') ? BigInt(whole) : whole
}

function randomText(random: Random): Uint8Array {
  const [firstLetter, letters] = ['a'.charCodeAt(0), 26]
  return Uint8Array.from({ length: TEXT_BYTES }, () => firstLetter + random.integer(letters))
}
