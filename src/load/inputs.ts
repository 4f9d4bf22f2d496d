/** Random inputs with the shapes that a model's metadata asks for. */
import { InputError } from '../errors.js'
import type { Random } from '../random.js'
import type { Tensor, TensorMetadata } from './client/client.js'
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
}

/** The most elements of one input that a request can sensibly have. */
const MOST_ELEMENTS = 2 ** 28

/**
 * An input's shape for a number of samples, which a variable first dimension counts.
 * @throws InputError if a size is missing, too many are given, or the model takes only one sample
 */
export function shapeFor(
  { name, shape }: TensorMetadata,
  samples: number,
  { sizes }: Pick<InputChoices, 'sizes'>,
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
  const sized = shape.map((dimension, i) => {
    if (dimension >= 0) return dimension
    return i === 0 ? samples : given.shift()!
  })
  const elements = sized.reduce((product, dimension) => product * dimension, 1)
  if (elements <= MOST_ELEMENTS) return sized
  const expected = `at most ${MOST_ELEMENTS} elements`
  throw new InputError({ file: `input ${name}`, expected, found: `[${sized}]` })
}

/**
 * If no range is chosen, integers are 0 or 1, because token types and masks allow no others. Floats
 * are from 0 to 1.
 */
const DEFAULT_RANGE: Range = { low: 0, high: 1 }

const TEXT_BYTES = 8

/** A tensor of independent uniform values. */
export function randomTensor(
  { name, datatype }: TensorMetadata,
  shape: readonly number[],
  range: Range = DEFAULT_RANGE,
  random: Random,
): Tensor {
  const count = shape.reduce((product, dimension) => product * dimension, 1)
  const elements = Array.from({ length: count }, () => randomElement(datatype, range, random))
  return { name, datatype, shape, data: encodeElements(datatype, elements) }
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
