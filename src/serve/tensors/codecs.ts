/** Compression of bodies and messages, as both transports name it. */
import { promisify } from 'node:util'
import {
  constants,
  createGunzip,
  createInflate,
  deflate,
  deflateSync,
  gzip,
  gzipSync,
} from 'node:zlib'
import type { Reservation } from '../memory-budget.js'
import { Refusal } from '../refusal.js'

/** In the order in which equals are preferred. */
export const ENCODINGS = ['gzip', 'deflate'] as const
export type Encoding = (typeof ENCODINGS)[number]

const ENCODERS = { gzip: promisify(gzip), deflate: promisify(deflate) }
const QUICK_ENCODERS = { gzip: gzipSync, deflate: deflateSync }
const DECODERS = { gzip: createGunzip, deflate: createInflate }

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

/** What decompressed bytes come in. */
const CHUNK_BYTES = 2 ** 16

/**
 * The bytes in pieces.
 * @param what is compressed, for the error
 * @param mostBytes longest result
 * @param reservation made to cover the result as it grows: a thousand times as much may come out as went in
 * @throws Refusal `too-large`, `overloaded`, or `invalid` if the bytes are not of that encoding
 */
export async function decompress(
  encoding: Encoding,
  bytes: Uint8Array,
  what: string,
  mostBytes: number,
  reservation: Reservation,
): Promise<Buffer[]> {
  const pieces: Buffer[] = []
  let size = 0
  const decoder = DECODERS[encoding]({ chunkSize: CHUNK_BYTES })
  decoder.end(bytes)
  try {
    for await (const piece of decoder) {
      size += piece.byteLength
      if (size > mostBytes) throw tooLarge(what, mostBytes)
      reservation.cover(size)
      pieces.push(piece)
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal('invalid', `${what} is not ${encoding}: ${(error as Error).message}`)
  }
  return pieces
}

export function tooLarge(what: string, mostBytes: number): Refusal {
  return new Refusal('too-large', `${what} is longer than ${mostBytes} bytes`)
}
