import type { Profile } from '../profile/profile.js'
import type { ModelInput } from '../profile/recipe.js'

/** A model for the worker to build, and its inputs if it does not show them itself. */
export interface ModelRequest {
  /** `torchvision:NAME`, `transformers:TYPE`, `FILE.pt2`, `module:function` or a short name. */
  readonly model: string
  readonly dtype?: string | undefined
  readonly inputs?: readonly ModelInput[] | undefined
  /** Length of a sequence, for models that take tokens. */
  readonly tokens?: number | undefined
  readonly channelsLast?: boolean | undefined
  readonly seed?: number | undefined
}

/**
 * The models of profiles that were made before recipes existed. The worker knows them by these
 * names.
 */
const BEFORE_RECIPES: readonly string[] = [
  'albert',
  'alexnet',
  'densenet201',
  'resnet152',
  'resnext101',
  'shufflenet',
  'vgg19',
]

/** Whether a profile tells how to load its model again, or the worker knows the model by its name. */
export function isLoadable({ model, recipe }: Profile): boolean {
  return recipe !== undefined || BEFORE_RECIPES.includes(model)
}

/** How to load a profile's model again. */
export function modelRequest({ model, dtype, recipe }: Profile): ModelRequest {
  if (recipe === undefined) return { model, dtype }
  const { specification, ...rest } = recipe
  return { model: specification, dtype, ...rest }
}

const HALF_PRECISION: readonly string[] = ['float16', 'bfloat16']

/**
 * The model and its inputs in single precision, in which a processor runs what a GPU was profiled with in
 * half precision.
 */
export function inSinglePrecision(request: ModelRequest): ModelRequest {
  const inputs = request.inputs?.map((input) =>
    HALF_PRECISION.includes(input.dtype) ? { ...input, dtype: 'float32' } : input,
  )
  return { ...request, dtype: 'float32', inputs }
}

/** Whether a library builds the model from a name alone, so that no code or file of anybody's is read. */
export function isBuiltIn(model: string): boolean {
  if (!model.includes(':')) return !model.endsWith('.pt2')
  return /^(torchvision|transformers|eclip):/.test(model) && !model.endsWith('.json')
}

const INPUT = /^(?<name>[\w.]+):(?<dtype>\w+)\[(?<shape>[\d, ]*)\](?:<(?<below>\d+))?$/

/**
 * Reads `NAME:DTYPE[SHAPE]` or `NAME:DTYPE[SHAPE]<LIMIT`, such as `pixel_values:float16[3,224,224]`
 * or `ids:int64[128]<30522`. The shape is that of one sample.
 * @returns undefined if the text does not have this form
 */
export function parseInput(text: string): ModelInput | undefined {
  const groups = INPUT.exec(text)?.groups
  if (groups === undefined) return undefined
  const { name, dtype, below } = groups
  const shape = groups.shape.trim() === '' ? [] : groups.shape.split(',').map(Number)
  const numbers = below === undefined ? shape : [...shape, Number(below)]
  if (!numbers.every((number) => Number.isSafeInteger(number) && number > 0)) return undefined
  return { name, dtype, shape, ...(below !== undefined && { below: Number(below) }) }
}
