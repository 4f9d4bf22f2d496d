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
 * A client for the server at a URL, whose scheme selects the transport. It connects on first use.
 * @throws InputError for an unknown scheme, or a text that is not a URL
 */
export function connect(url: string, options: ClientOptions): InferenceClient {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const transport = parsed && parsed.host !== '' ? TRANSPORTS[parsed.protocol] : undefined
  if (parsed !== undefined && transport !== undefined) return transport(parsed, options)
  const expected = 'http://HOST:PORT or grpc://HOST:PORT (https and grpcs for TLS)'
  throw new InputError({ file: 'the server', expected, found: describe(url) })
}
