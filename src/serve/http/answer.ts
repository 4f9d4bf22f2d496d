import type { ServerResponse } from 'node:http'
import { sum } from '../../numbers.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import { ENCODINGS } from '../tensors/codecs.js'
import type { Call, Handler } from './call.js'
import { HTTP_STATUS } from './status.js'

type Answering = Pick<Call, 'response' | 'memoryBudget'>

/** Answers with JSON. @throws Refusal `overloaded` if there is no room for it */
export function answerJson(answering: Answering, status: number, value: unknown): void {
  answerText(answering, status, 'application/json', JSON.stringify(value))
}

/** @throws Refusal `overloaded` if there is no room for the text */
function answerText(answering: Answering, status: number, type: string, text: string): void {
  answerPieces(answering, status, { 'Content-Type': type }, [text])
}

/** While there is no room for a page, all who ask for it within this time get the same one. */
const SHARED_MS = 1000

/**
 * A handler that always answers, because those who look after a server need to see it most while others fill the
 * memory for pages. What it answers then is shared, so that it takes no more memory however many ask.
 */
export function alwaysAnswered(type: string, render: (context: Context) => string): Handler {
  const shared = new WeakMap<Context, { readonly page: Buffer; readonly untilMs: number }>()
  const sharedPage = (context: Context, text: string): Buffer => {
    const known = shared.get(context)
    const nowMs = performance.now()
    if (known !== undefined && nowMs < known.untilMs) return known.page
    const page = Buffer.from(text)
    shared.set(context, { page, untilMs: nowMs + SHARED_MS })
    return page
  }
  return (call) => {
    const text = render(call.context)
    try {
      answerText(call, 200, type, text)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      send(call.response, 200, { 'Content-Type': type }, [sharedPage(call.context, text)])
    }
  }
}

/** Tells the client that its request is refused, if it can still be told. */
export function answerRefusal(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent || response.destroyed) return
  if (refusal.reason === 'overloaded')
    response.setHeader('Retry-After', Math.max(1, Math.ceil(refusal.retryAfterS)))
  // The rest of such a body is not even read to be discarded.
  if (refusal.reason === 'crumbs') response.shouldKeepAlive = false
  if (refusal.reason === 'unsupported-encoding')
    response.setHeader('Accept-Encoding', ENCODINGS.join(', '))
  if (refusal.reason === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer')
  answerShort(response, HTTP_STATUS[refusal.reason], { error: refusal.message })
}

/**
 * Answers with JSON that is short enough to be sent even where the memory for answers is full: refusals, what has been
 * done and cannot be refused any more, and whether a model is ready.
 */
export function answerShort(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, { 'Content-Type': 'application/json' }, [JSON.stringify(value)])
}

/**
 * Answers with one or more pieces, which count until the client has taken them.
 * @throws Refusal `overloaded` if there is no room for them
 */
export function answerPieces(
  { response, memoryBudget }: Answering,
  status: number,
  headers: Headers,
  pieces: readonly Piece[],
): void {
  const held = memoryBudget.reserve(bytesOf(pieces))
  send(response, status, headers, pieces)
  if (response.writableLength === 0 || response.destroyed) held.release()
  else response.once('close', () => held.release())
}

type Piece = string | Uint8Array
type Headers = Readonly<Record<string, string | number>>

/** Sends pieces. Node sends them together, and none is copied. */
function send(
  response: ServerResponse,
  status: number,
  headers: Headers,
  pieces: readonly Piece[],
): void {
  response.writeHead(status, { ...headers, 'Content-Length': bytesOf(pieces) })
  const last = pieces.length - 1
  for (let i = 0; i < last; i++) response.write(pieces[i])
  response.end(pieces[last])
}

function bytesOf(pieces: readonly Piece[]): number {
  return sum(pieces.map((piece) => Buffer.byteLength(piece)))
}
