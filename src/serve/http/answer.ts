import type { ServerResponse } from 'node:http'
import type { Refusal } from '../refusal.js'
import { HTTP_STATUS } from './status.js'

/** Pieces up to this size together are joined and written at once. */
const JOINED_BYTES = 64 * 1024

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

/** Answers that a request is refused, if the client can still be told. */
export function answerRefusal(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent || response.destroyed) return
  if (refusal.reason === 'overloaded')
    response.setHeader('Retry-After', Math.max(1, Math.ceil(refusal.retryAfterS)))
  if (refusal.reason === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer')
  answerJson(response, HTTP_STATUS[refusal.reason], { error: refusal.message })
}

/** Answers with bytes that come in pieces; large pieces are not copied. */
export function answerPieces(
  response: ServerResponse,
  headers: Record<string, string | number>,
  pieces: readonly Uint8Array[],
): void {
  const size = pieces.reduce((total, { byteLength }) => total + byteLength, 0)
  headers['Content-Length'] = size
  response.writeHead(200, headers)
  if (pieces.length === 1) response.end(pieces[0])
  else if (size <= JOINED_BYTES) response.end(Buffer.concat(pieces, size))
  else {
    response.cork()
    for (const piece of pieces) response.write(piece)
    response.end()
    response.uncork()
  }
}
