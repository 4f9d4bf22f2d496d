import { z } from 'zod'
import { count, name, remark } from '../quantities.js'

const MOST_DIMENSIONS = 16
const MOST_INPUTS = 64
const MOST_VALUES = 2 ** 31

/** One input of a model, as a profile and the worker's protocol write it. */
const inputSchema = z.strictObject({
  name,
  dtype: name.describe('of PyTorch, such as float16 or int64'),
  shape: z
    .array(count(MOST_VALUES))
    .max(MOST_DIMENSIONS)
    .describe('of one sample, before which the batch comes'),
  below: count(MOST_VALUES)
    .optional()
    .describe('whole numbers are drawn from 0 to one less; absent: 0 and 1'),
})

export const recipeSchema = z
  .strictObject({
    specification: remark
      .min(1)
      .describe('torchvision:NAME, transformers:TYPE?key=value, FILE.pt2 or module:function'),
    inputs: z.array(inputSchema).min(1).max(MOST_INPUTS),
    channelsLast: z.boolean().describe('whether images and weights are laid out channels last'),
    seed: z.number().int().nonnegative().describe('of the random weights'),
  })
  .describe('how the worker builds the model again')

export type ModelInput = Readonly<z.infer<typeof inputSchema>>
