import type { ServerResponse } from 'node:http'
import type { Refusal } from '../refusal.js'
import { ENCODINGS } from '../tensors/codecs.js'
import { HTTP_STATUS } from './status.js'

/** Answers with JSON. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  answerText(response, status, 'application/json', JSON.stringify(value))
}

export function answerText(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
): void {
  const body = Buffer.from(text)
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.byteLength })
  response.end(body)
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
  answerJson(response, HTTP_STATUS[refusal.reason], { error: refusal.message })
}

/** Answers with one or more pieces. Node sends them together, and none is copied. */
export function answerPieces(
  response: ServerResponse,
  headers: Readonly<Record<string, string | number>>,
  pieces: readonly (string | Uint8Array)[],
): void {
  response.writeHead(200, headers)
  const last = pieces.length - 1
  for (let i = 0; i < last; i++) response.write(pieces[i])
  response.end(pieces[last])
}
