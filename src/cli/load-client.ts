/** The flags for how the server is reached and what requests contain. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { InferenceClient } from '../load/client/client.js'
import { connect } from '../load/client/connect.js'
import type { InputChoices, Range } from '../load/inputs.js'
import { printable } from '../printable.js'
import { atMost, gathered, numberAbove, wholeNumber } from './command.js'

export interface ClientFlags {
  readonly connections?: number
  readonly timeout: number
  readonly encoding: 'raw' | 'values'
  readonly sharedMemory?: true
  readonly header?: readonly (readonly [string, string])[]
  readonly shape?: readonly (readonly [string, readonly number[]])[]
  readonly values?: readonly (readonly [string, Range])[]
}

/** An HTTP/1.1 connection carries one request at a time, an HTTP/2 connection many. */
const HTTP_CONNECTIONS = 1024
const GRPC_CONNECTIONS = 4
const MOST_CONNECTIONS = 50_000
const LONGEST_TIMEOUT_S = 86_400

export function addClientOptions(command: Command): Command {
  return command
    .option(
      '--connections <n>',
      `connections at most (default: ${HTTP_CONNECTIONS}, or ${GRPC_CONNECTIONS} for gRPC)`,
      atMost(MOST_CONNECTIONS, wholeNumber(1)),
    )
    .option(
      '--timeout <s>',
      'how long an answer may take',
      atMost(LONGEST_TIMEOUT_S, numberAbove(0)),
      30,
    )
    .addOption(
      new Option('--encoding <form>', 'tensors as raw bytes, or as JSON and typed lists')
        .choices(['raw', 'values'])
        .default('raw'),
    )
    .addOption(
      new Option(
        '--shared-memory',
        'keep tensors in shared memory, which a server on this machine reads and writes',
      ).conflicts('encoding'),
    )
    .option(
      '--header <name:value>',
      'sent with every request, over gRPC as metadata; may be repeated',
      gathered(header),
    )
    .option(
      '--shape <input=sizes>',
      'sizes of the variable dimensions of an input behind the first: ids=128; may be repeated',
      gathered(inputSizes),
    )
    .option(
      '--values <input=low..high>',
      'bounds of the random values of an input (default: 0..1); may be repeated',
      gathered(inputRange),
    )
}

/** @throws InputError for a URL with an unknown scheme */
export function clientOf(url: string, flags: ClientFlags): InferenceClient {
  const connections = url.startsWith('grpc') ? GRPC_CONNECTIONS : HTTP_CONNECTIONS
  return connect(url, {
    connections: flags.connections ?? connections,
    timeoutMs: flags.timeout * 1000,
    headers: Object.fromEntries(flags.header ?? []),
    encoding: flags.encoding,
  })
}

export function inputChoices({ shape = [], values = [], encoding }: ClientFlags): InputChoices {
  return { sizes: new Map(shape), ranges: new Map(values), encoding }
}

/** `authorization: Bearer …` */
function header(text: string): readonly [string, string] {
  const [, name, value] = /^([\w-]+):\s*(\S.*)$/.exec(text) ?? []
  if (name !== undefined && printable(value) === value) return [name.toLowerCase(), value]
  throw new InvalidArgumentError(`expected NAME: VALUE, found "${text}".`)
}

/** `ids=128` or `image=224,224` */
function inputSizes(text: string): readonly [string, readonly number[]] {
  const [, name, sizes] = /^(.+)=(\d+(?:,\d+)*)$/.exec(text) ?? []
  if (name !== undefined) return [name, sizes.split(',').map(Number)]
  throw new InvalidArgumentError(`expected INPUT=SIZE,SIZE, found "${text}".`)
}

/** `ids=0..30000` */
function inputRange(text: string): readonly [string, Range] {
  const [, name, low, high] = /^(.+)=(-?[\d.]+)\.\.(-?[\d.]+)$/.exec(text) ?? []
  const range = { low: Number(low), high: Number(high) }
  if (name !== undefined && range.low <= range.high) return [name, range]
  throw new InvalidArgumentError(`expected INPUT=LOW..HIGH, found "${text}".`)
}
