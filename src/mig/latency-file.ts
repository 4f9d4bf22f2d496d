import { z } from 'zod'
import { describe, InputError } from '../errors.js'
import { batchKey, cus, durationMs, name } from '../quantities.js'
import { type LatencyModel, latencyModelOf } from './latency-model.js'

const byCus = z
  .record(z.string().regex(/^([1-9]\d{0,3}|full)$/, 'a CU count or "full"'), durationMs)
  .describe('latency in ms by number of compute units')
const byBatch = z.record(batchKey, byCus).describe('by batch size')

export const latencyFileSchema = z
  .strictObject({
    format: z.literal('eclip.latency/1'),
    device: name,
    cus: cus.describe('compute units of the whole device, meant by "full"'),
    description: z.string(),
    latencyMs: z.record(name, byBatch).describe('by model'),
  })
  .describe('Whole-model latency by model, batch size and number of compute units')

export type LatencyFile = z.infer<typeof latencyFileSchema>

/**
 * The latency model for one of the models in the file.
 * @param asked where the model was named, for the error
 * @throws InputError when the file does not contain it, or its table has missing points
 */
export function modelFromLatencyFile(
  { device, cus, latencyMs }: LatencyFile,
  model: string,
  file: string,
  asked = 'model',
): LatencyModel {
  if (!Object.hasOwn(latencyMs, model)) {
    throw new InputError({
      file: asked,
      expected: `one of ${Object.keys(latencyMs).join(', ')}`,
      found: describe(model),
    })
  }
  const points = Object.entries(latencyMs[model]).flatMap(([batch, row]) =>
    Object.entries(row).map(([units, ms]) => ({
      cus: units === 'full' ? cus : Number(units),
      batch: Number(batch),
      latencyUs: ms * 1000,
      place: `latencyMs.${model}.${batch}.${units}`,
    })),
  )
  return latencyModelOf(model, `measured on ${device}, interpolated`, points, file)
}
