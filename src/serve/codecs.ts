/** Compression of bodies and messages, as both transports name it. */
import { promisify } from 'node:util'
import { constants, deflate, deflateSync, gunzip, gzip, gzipSync, inflate } from 'node:zlib'
import { Refusal } from './refusal.js'

/** In the order in which equals are preferred. */
export const ENCODINGS = ['gzip', 'deflate'] as const
export type Encoding = (typeof ENCODINGS)[number]

const ENCODERS = { gzip: promisify(gzip), deflate: promisify(deflate) }
const QUICK_ENCODERS = { gzip: gzipSync, deflate: deflateSync }
const DECODERS = { gzip: promisify(gunzip), deflate: promisify(inflate) }

/** Tensors hardly shrink, however much effort is spent. */
const OPTIONS = { level: constants.Z_BEST_SPEED }

export function isEncoding(name: string): name is Encoding {
  return (ENCODINGS as readonly string[]).includes(name)
}

/** Of so few bytes, to hand them to another thread takes several times as long as to compress them. */
const FEW_BYTES = 8192

export async function compress(encoding: Encoding, bytes: Uint8Array): Promise<Buffer> {
  const encode = bytes.byteLength > FEW_BYTES ? ENCODERS[encoding] : QUICK_ENCODERS[encoding]
  return encode(bytes, OPTIONS)
}

/**
 * @param what is compressed, for the error
 * @param mostBytes longest result
 * @throws Refusal `too-large`, or `invalid` if the bytes are not of that encoding
 */
export async function decompress(
  encoding: Encoding,
  bytes: Uint8Array,
  what: string,
  mostBytes: number,
): Promise<Buffer> {
  try {
    return await DECODERS[encoding](bytes, { maxOutputLength: mostBytes })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(what, mostBytes)
    throw new Refusal('invalid', `${what} is not ${encoding}: ${message}`)
  }
}

export function tooLarge(what: string, mostBytes: number): Refusal {
  return new Refusal('too-large', `${what} is longer than ${mostBytes} bytes`)
}
