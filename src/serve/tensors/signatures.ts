import { WorkError } from '../../errors.js'
import type { ModelInput } from '../../profile/recipe.js'
import type { ModelRequest } from '../../torch/model-request.js'
import type { TensorSignature } from '../backend/backend.js'
import { datatypeOf } from '../torch/datatypes.js'

/** The name of a tensor that has none of its own, numbered as Triton's PyTorch backend does. */
export function inputName(index: number): string {
  return `INPUT__${index}`
}

export function outputName(index: number): string {
  return `OUTPUT__${index}`
}

/** The sizes that a classifier and an encoder usually give to a sample. */
const CLASSES = 1000
const HIDDEN = 768

const IMAGE: ModelInput = { name: 'x', dtype: 'float32', shape: [3, 224, 224] }
const SENTENCE: ModelInput = { name: 'input_ids', dtype: 'int64', shape: [128] }

/**
 * The inputs and outputs of a model that has not been loaded. Its profile describes the inputs. It says nothing
 * about the outputs, so they are what such models usually have.
 */
export function assumedSignature({ model, inputs }: ModelRequest): {
  readonly inputs: readonly TensorSignature[]
  readonly outputs: readonly TensorSignature[]
} {
  const taken = inputs ?? [/bert/.test(model) ? SENTENCE : IMAGE]
  const [{ dtype, shape }] = taken
  const ofTokens = dtype.startsWith('int')
  return {
    inputs: taken.map((input, i) => signature(inputName(i), input.dtype, input.shape)),
    outputs: [
      ofTokens
        ? signature(outputName(0), 'float32', [...shape, HIDDEN])
        : signature(outputName(0), dtype, [CLASSES]),
    ],
  }
}

/** @param shape of one sample */
function signature(name: string, dtype: string, shape: readonly number[]): TensorSignature {
  const datatype = datatypeOf(dtype)
  if (datatype === undefined) throw new WorkError(`${name}: ${dtype} cannot be served`)
  return { name, datatype, shape: [-1, ...shape] }
}
