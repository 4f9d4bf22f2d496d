import { describe, InputError } from '../../errors.js'
import type { ClientOptions, InferenceClient } from './client.js'
import { grpcClient } from './grpc.js'
import { httpClient } from './http.js'

const TRANSPORTS: Readonly<Record<string, typeof httpClient>> = {
  'http:': httpClient,
  'https:': httpClient,
  'grpc:': grpcClient,
  'grpcs:': grpcClient,
}

/**
 * A client of the server at a URL, whose scheme says the transport. Connects when it is used.
 * @throws InputError for another scheme, or no URL
 */
export function connect(url: string, options: ClientOptions): InferenceClient {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const transport = parsed && parsed.host !== '' ? TRANSPORTS[parsed.protocol] : undefined
  if (parsed !== undefined && transport !== undefined) return transport(parsed, options)
  const expected = 'http://HOST:PORT or grpc://HOST:PORT (https and grpcs for TLS)'
  throw new InputError({ file: 'the server', expected, found: describe(url) })
}
