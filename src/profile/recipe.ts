import { z } from 'zod'

/** One input of a model, as a profile and the worker's protocol write it. */
export const inputSchema = z.strictObject({
  name: z.string().min(1),
  dtype: z.string().min(1).describe('of PyTorch, such as float16 or int64'),
  shape: z
    .array(z.number().int().positive())
    .describe('of one sample, before which the batch comes'),
  below: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('whole numbers are drawn from 0 to one less; absent: 0 and 1'),
})

export const recipeSchema = z
  .strictObject({
    specification: z
      .string()
      .min(1)
      .describe('torchvision:NAME, transformers:TYPE?key=value, FILE.pt2 or module:function'),
    inputs: z.array(inputSchema).min(1),
    channelsLast: z.boolean().describe('whether images and weights are laid out channels last'),
    seed: z.number().int().nonnegative().describe('of the random weights'),
  })
  .describe('how the worker builds the model again')

export type ModelInput = Readonly<z.infer<typeof inputSchema>>
