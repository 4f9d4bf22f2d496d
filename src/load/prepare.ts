import { InputError, WorkError } from '../errors.js'
import { createRandom, type Random } from '../random.js'
import { type InferenceClient, ServerError } from './client/client.js'
import { isDatatype } from './client/datatypes.js'
import { DrawnElements, type InputChoices, randomTensor, shapesFor } from './inputs.js'
import type { ModelLoad } from './model-load.js'
import type { PreparedLoad } from './run.js'
import type { SharedMemory } from './shared-memory.js'

/** The most requests that are encoded in advance for each model, to be sent in turn. */
const MOST_VARIANTS = 8
/** Memory that they may take, in bytes, for each model and for all, so large inputs have fewer variants. */
const VARIANT_BYTES = 2 ** 24
const ALL_VARIANT_BYTES = 2 ** 28

/**
 * Encodes the requests of loads from the metadata of their models and sends one of each, so that a load that the
 * server cannot answer at all is reported before any starts.
 * @param memory where tensors are stored. If absent, they travel in requests and answers
 * @throws InputError for a model that the server does not have, or for shapes that are left open or too large
 * @throws WorkError if the server fails a request
 */
export async function prepareLoads(
  client: InferenceClient,
  loads: readonly ModelLoad[],
  choices: InputChoices,
  seed: number,
  memory?: SharedMemory,
): Promise<PreparedLoad[]> {
  const drawn = new DrawnElements(choices.encoding)
  const variantBytes = Math.min(VARIANT_BYTES, ALL_VARIANT_BYTES / loads.length)
  const prepared: PreparedLoad[] = []
  for (const [i, load] of loads.entries()) {
    const random = createRandom(seed * 1000 + i)
    const drawing = { choices, random, drawn, variantBytes }
    prepared.push(await prepareLoad(client, load, drawing, memory))
  }
  return prepared
}

/** How the inputs of a load's requests are drawn. */
interface Drawing {
  readonly choices: InputChoices
  readonly random: Random
  readonly drawn: DrawnElements
  /** Memory that all variants of a request may take. */
  readonly variantBytes: number
}

async function prepareLoad(
  client: InferenceClient,
  load: ModelLoad,
  { choices, random, drawn, variantBytes }: Drawing,
  memory: SharedMemory | undefined,
): Promise<PreparedLoad> {
  const { model, version, samples, priority, deadlineMs } = load
  const { inputs } = await metadataOf(client, load)
  const strange = inputs.find(({ datatype }) => !isDatatype(datatype))
  if (strange !== undefined) {
    throw new WorkError(`${model}: input ${strange.name} has the unknown type ${strange.datatype}`)
  }
  const shapes = shapesFor(inputs, samples, choices.sizes)
  drawn.add(inputs, shapes)
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
  const variants = Math.min(MOST_VARIANTS, Math.max(1, Math.floor(variantBytes / bytes)))
  const requests = [first, ...Array.from({ length: variants - 1 }, request)]
  const calls = (await memory?.prepare(requests)) ?? requests.map((one) => client.prepare(one))
  const { ending, reason } = await calls[0](() => {})
  if (ending === 'failed') throw new WorkError(`the server does not answer ${model}: ${reason}`)
  return { load, calls }
}

/** The statuses of HTTP and of gRPC for what a server does not have. */
const NOT_FOUND: readonly number[] = [404, 5]

async function metadataOf(client: InferenceClient, { model, version }: ModelLoad) {
  try {
    return await client.modelMetadata(model, version)
  } catch (error) {
    const { message } = error as Error
    if (!(error instanceof ServerError) || !NOT_FOUND.includes(error.status))
      throw new WorkError(`the server does not describe ${model}: ${message}`)
    const expected = 'a model that the server has'
    throw new InputError({ file: '--model', expected, found: `${model} (${message})` })
  }
}
