import { Cancellation } from '../cancellation.js'
import type { Context } from '../context.js'
import type { WireResponse } from '../inference-service.js'
import type { Reservation } from '../memory-budget.js'
import { Refusal } from '../refusal.js'
import { serveInference } from '../serve-inference.js'
import { nextTurn } from '../turns.js'
import type { Call } from './call.js'
import { readInferRequest } from './infer-request.js'
import { encodeResponse } from './infer-response.js'
import {
  type ModelInferRequest,
  ModelInferRequestSchema,
  ModelInferResponseSchema,
  ModelStreamInferResponseSchema,
} from './inference_pb.js'
import { checkMessageLimits } from './message-limits.js'
import { decodeMessage, encodeMessage } from './messages.js'

/** How many requests of one stream may be open at once. */
const MOST_OF_STREAM = 64
/** Memory that each of them takes beside its message, until its answer has been sent. */
const STREAMED_BYTES = 2 ** 12

/** Tells the clients of a stream that no other answer to this request follows. */
const FINAL = {
  triton_final_response: { parameterChoice: { case: 'boolParam', value: true } },
} as const

/** Serves one inference request, and always answers it. */
export async function infer(context: Context, call: Call): Promise<void> {
  const message = await readMessage(context, call)
  const { cancellation } = call
  const refusal = await inferOne(context, call, { message, cancellation }, (response) =>
    call.answer(encodeMessage(ModelInferResponseSchema, encodeResponse(response))),
  )
  if (refusal !== undefined) call.refuse(refusal)
}

async function readMessage(context: Context, call: Call): Promise<ModelInferRequest | Refusal> {
  try {
    checkKey(context, call)
    const bytes = await call.message()
    await nextTurn(call.connection)
    return decodedOrRefused(context, bytes)
  } catch (error) {
    return context.service.explained(error)
  }
}

/** Whoever has no key is refused before a message is read: it would hold memory of those who have one. */
function checkKey({ tenants }: Context, call: Call): void {
  tenants.tenantOf(call.header('authorization'))
}

/** A client of Triton sends this metadata to have the first error of a stream end it, as its status. */
const ENDS_WITH_ERROR = 'triton_grpc_error'

/** Serves the requests of one stream, several at a time, and answers them in the order in which they came. */
export async function inferStream(context: Context, call: Call): Promise<void> {
  checkKey(context, call)
  const cancellations = new Set<Cancellation>()
  call.cancellation.onCancel(() => {
    for (const cancellation of cancellations) cancellation.cancel()
  })
  const answers: Promise<void>[] = []
  try {
    for await (const bytes of call.messages()) {
      const cancellation = new Cancellation()
      cancellations.add(cancellation)
      const answer = answerInTurn(context, call, { bytes, cancellation, earlier: answers.at(-1) })
        // If an answer cannot be sent, the call ends.
        .catch((error) => call.refuse(context.service.explained(error)))
        .finally(() => cancellations.delete(cancellation))
      answers.push(answer)
      if (answers.length === MOST_OF_STREAM) await answers.shift()
    }
  } finally {
    await Promise.all(answers)
  }
  call.end()
}

interface Turn {
  readonly bytes: Buffer
  readonly cancellation: Cancellation
  /** Resolves once the answer before this one has been sent. */
  readonly earlier: Promise<void> | undefined
}

/** Resolves once the answer has been sent. */
async function answerInTurn(context: Context, call: Call, turn: Turn): Promise<void> {
  const reservation = context.memoryBudget.reserve(0)
  try {
    await answerHolding(reservation, context, call, turn)
  } finally {
    reservation.release()
  }
}

/** @param reservation grows to cover the request and its answer, which may have to wait for a client that does not read */
async function answerHolding(
  reservation: Reservation,
  context: Context,
  call: Call,
  { bytes, cancellation, earlier }: Turn,
): Promise<void> {
  const send = async (answer: Buffer): Promise<void> => {
    await earlier
    await call.send(answer)
  }
  const message = await readStreamed(context, call, bytes, reservation)
  const refusal = await inferOne(context, call, { message, cancellation }, async (response) => {
    const inferResponse = { ...encodeResponse(response), parameters: FINAL }
    const answer = encodeMessage(ModelStreamInferResponseSchema, { inferResponse })
    reservation.grow(answer.byteLength)
    await send(answer)
  })
  if (refusal === undefined) return
  if (call.header(ENDS_WITH_ERROR) === 'true') {
    await earlier
    throw refusal
  }
  const inferResponse = { id: message instanceof Refusal ? '' : message.id, parameters: FINAL }
  const errorMessage = refusal.message
  await send(encodeMessage(ModelStreamInferResponseSchema, { errorMessage, inferResponse }))
}

/** Reads a request once there is room for it and a turn. */
async function readStreamed(
  context: Context,
  call: Call,
  bytes: Buffer,
  reservation: Reservation,
): Promise<ModelInferRequest | Refusal> {
  try {
    reservation.grow(STREAMED_BYTES + bytes.byteLength)
    await nextTurn(call.connection)
    return decodedOrRefused(context, bytes)
  } catch (error) {
    return context.service.explained(error)
  }
}

interface OneRequest {
  readonly message: ModelInferRequest | Refusal
  readonly cancellation: Cancellation
}

/** @returns why there is no response, or undefined once the response has been sent */
function inferOne(
  context: Context,
  call: Call,
  { message, cancellation }: OneRequest,
  send: (response: WireResponse) => Promise<void>,
): Promise<Refusal | undefined> {
  const { leftUs } = call
  const head = {
    model: message instanceof Refusal ? '' : message.modelName,
    authorization: call.header('authorization'),
    traceparent: call.header('traceparent'),
    cancellation,
  }
  return serveInference(context, head, async (caller, { lease }) => {
    if (message instanceof Refusal) throw message
    const request = readInferRequest(message, lease)
    const timeout = leftUs === undefined ? {} : { timeoutUs: leftUs }
    const response = await context.service.infer(request, { ...timeout, ...caller })
    await nextTurn(call.connection)
    await send(response)
  })
}

function decodedOrRefused(
  { service, limits }: Context,
  bytes: Buffer,
): ModelInferRequest | Refusal {
  try {
    checkMessageLimits(bytes, limits.parsedBytes)
    return decodeMessage(ModelInferRequestSchema, bytes)
  } catch (error) {
    return service.explained(error)
  }
}
