import { InputError, WorkError } from '../errors.js'
import { createRandom } from '../random.js'
import { type InferenceClient, ServerError } from './client/client.js'
import { isDatatype } from './client/datatypes.js'
import { type InputChoices, randomTensor, shapesFor } from './inputs.js'
import type { ModelLoad } from './model-load.js'
import type { PreparedLoad } from './run.js'
import type { SharedMemory } from './shared-memory.js'

/** The most requests that are encoded in advance for each model, to be sent in turn. */
const MOST_VARIANTS = 8
/** Memory that they may take, in bytes, so large inputs have fewer variants. */
const VARIANT_BYTES = 16 * 2 ** 20

/**
 * Encodes the requests of a load from the model's metadata and sends one of them, so that a load
 * that the server cannot answer at all is reported before it starts.
 * @param memory where tensors are stored. If absent, they travel in requests and answers
 * @throws InputError for a model that the server does not have, or for shapes that are left open
 * @throws WorkError if the server fails the request
 */
export async function prepareLoad(
  client: InferenceClient,
  load: ModelLoad,
  choices: InputChoices,
  seed: number,
  memory?: SharedMemory,
): Promise<PreparedLoad> {
  const { model, version, samples, priority, deadlineMs } = load
  const { inputs } = await metadataOf(client, load)
  const strange = inputs.find(({ datatype }) => !isDatatype(datatype))
  if (strange !== undefined) {
    throw new WorkError(`${model}: input ${strange.name} has the unknown type ${strange.datatype}`)
  }
  const shapes = shapesFor(inputs, samples, choices)
  const random = createRandom(seed)
  const request = () => ({
    model,
    version,
    parameters: {
      ...(priority !== undefined && { priority }),
      ...(deadlineMs !== undefined && { timeout: Math.round(deadlineMs * 1000) }),
    },
    inputs: inputs.map((input, i) =>
      randomTensor(input, shapes[i], choices.ranges.get(input.name), random),
    ),
  })
  const first = request()
  const bytes = first.inputs.reduce((total, { data }) => total + data.length, 0)
  const variants = Math.min(MOST_VARIANTS, Math.max(1, Math.floor(VARIANT_BYTES / bytes)))
  const requests = [first, ...Array.from({ length: variants - 1 }, request)]
  const calls = (await memory?.prepare(requests)) ?? requests.map((one) => client.prepare(one))
  const { ending, reason } = await calls[0](() => {})
  if (ending === 'failed') throw new WorkError(`the server does not answer ${model}: ${reason}`)
  return { load, calls }
}

async function metadataOf(client: InferenceClient, { model, version }: ModelLoad) {
  try {
    return await client.modelMetadata(model, version)
  } catch (error) {
    const { status, message } = error as ServerError
    if (!(error instanceof ServerError) || status <= 0)
      throw new WorkError(`the server does not describe ${model}: ${message}`)
    const expected = 'a model that the server has'
    throw new InputError({ file: '--model', expected, found: `${model} (${message})` })
  }
}
