/** The headers before the messages of an answer, and the trailers behind them. */
import type { OutgoingHttpHeaders } from 'node:http2'
import type { Refusal } from '../refusal.js'
import { GRPC_STATUS, STATUS } from './status.js'

export const HEADERS: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': 'identity,gzip,deflate',
}

/** The trailers of a call that succeeded. */
export const OK: OutgoingHttpHeaders = { 'grpc-status': STATUS.OK }

/** The trailers of a call that is refused. */
export function trailersOf({ reason, message, retryAfterS }: Refusal): OutgoingHttpHeaders {
  return {
    'grpc-status': GRPC_STATUS[reason],
    'grpc-message': percentEncoded(message),
    ...(reason === 'overloaded' && { 'retry-after': `${Math.max(1, Math.ceil(retryAfterS))}` }),
  }
}

/** Keeps printable ASCII, and writes every other byte of the UTF-8 text as a percent sign and two digits. */
function percentEncoded(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^ -$&-~]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
