import { countParameter, flagParameter, type Parameters, textParameter } from '../parameters.js'
import { Refusal } from '../refusal.js'
import { type BatchKind, classify } from './classification.js'
import type { RegionLease, RegionPart } from './shared-memory.js'
import { elementCount, type OutputTensor } from './tensors.js'

/** How an output goes back to the client. */
export interface Delivery {
  /** `json`: as values. `binary`: as bytes. `region`: into shared memory. */
  readonly form: 'json' | 'binary' | 'region'
  readonly region?: RegionPart
  /** How many of the highest values to send as "value:index" strings; with 0, the tensor itself is sent. */
  readonly classes: number
}

/** An output on its way to the client. */
export interface DeliveredOutput extends OutputTensor {
  readonly delivery: Delivery
}

export const AS_JSON: Delivery = { form: 'json', classes: 0 }
export const AS_BINARY: Delivery = { form: 'binary', classes: 0 }

/**
 * How an output is to be delivered, according to its parameters.
 * @param fallback for outputs whose parameters do not say
 * @throws Refusal `invalid`
 */
export function readDelivery(
  parameters: Parameters,
  fallback: Delivery,
  output: string,
  lease: RegionLease,
): Delivery {
  if (parameters.size === 0) return fallback
  const owner = `output '${output}'`
  const classes = countParameter(parameters, 'classification', owner) ?? 0
  const region = heldRegion(parameters, owner, lease)
  if (region !== undefined) {
    if (classes === 0) return { form: 'region', region, classes }
    throw new Refusal('invalid', `${owner}: classification does not go into shared memory`)
  }
  const asked = flagParameter(parameters, 'binary_data', owner)
  if (asked === undefined) return { ...fallback, classes }
  return { form: asked ? 'binary' : 'json', classes }
}

/** The part of a region that the parameters name; undefined if they name none. @throws Refusal */
export function heldRegion(
  parameters: Parameters,
  owner: string,
  lease: RegionLease,
): RegionPart | undefined {
  const name = textParameter(parameters, 'shared_memory_region', owner)
  const byteSize = countParameter(parameters, 'shared_memory_byte_size', owner)
  const offset = countParameter(parameters, 'shared_memory_offset', owner) ?? 0
  if (name === undefined && byteSize === undefined) return undefined
  if (name === undefined || byteSize === undefined)
    throw new Refusal(
      'invalid',
      `${owner}: expected shared_memory_region and shared_memory_byte_size together`,
    )
  return lease.hold(name, offset, byteSize)
}

/**
 * The most values of an output that are handled one by one, for JSON or to find the highest. That takes the server
 * a second or two, in which it does nothing else, and a hundred bytes for each value.
 */
const MOST_TAKEN_APART = 2 ** 22

/**
 * Turns a model's output into what the client asked for, and writes it if it goes into shared memory.
 * @throws Refusal `too-large` if the output has too many values to handle one by one
 */
export function deliver(
  output: OutputTensor,
  delivery: Delivery,
  kind: BatchKind,
  labels: readonly string[] | undefined,
): DeliveredOutput {
  const count = elementCount(output.shape)
  if ((delivery.form === 'json' || delivery.classes > 0) && count > MOST_TAKEN_APART)
    throw new Refusal(
      'too-large',
      `output '${output.name}' has ${count} values, of which at most ${MOST_TAKEN_APART} go as JSON or are classified: ask for it with binary_data`,
    )
  if (output.placedBytes === undefined) delivery.region?.write(output.data)
  const tensor = delivery.classes > 0 ? classify(output, delivery.classes, kind, labels) : output
  // The spread comes last because V8 takes as long to add a property after a spread as thirty before it.
  return { delivery, ...tensor }
}
