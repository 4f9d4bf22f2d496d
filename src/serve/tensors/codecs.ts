/** Compression of bodies and messages, under the names that both transports use. */
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

/** In order of preference. */
export const ENCODINGS = ['gzip', 'deflate'] as const
export type Encoding = (typeof ENCODINGS)[number]

const ENCODERS = { gzip: promisify(gzip), deflate: promisify(deflate) }
const QUICK_ENCODERS = { gzip: gzipSync, deflate: deflateSync }
const DECODERS = { gzip: createGunzip, deflate: createInflate }

/** Tensors hardly shrink, however much effort is spent, so the effort is the least. */
const OPTIONS = { level: constants.Z_BEST_SPEED }

export function isEncoding(name: string): name is Encoding {
  return (ENCODINGS as readonly string[]).includes(name)
}

/** Handing as few bytes as this to another thread takes several times as long as compressing them here. */
const FEW_BYTES = 8192

export async function compress(encoding: Encoding, bytes: Uint8Array): Promise<Buffer> {
  const encode = bytes.byteLength > FEW_BYTES ? ENCODERS[encoding] : QUICK_ENCODERS[encoding]
  return encode(bytes, OPTIONS)
}

/** The size of the pieces in which decompressed bytes come. */
const CHUNK_BYTES = 2 ** 16

/**
 * Decompresses bytes into pieces.
 * @param what names the compressed bytes in errors
 * @param mostBytes longest result
 * @param reservation grows with the result, which may be a thousand times as long as the input
 * @throws Refusal `too-large`, `overloaded`, or `invalid` if the bytes do not have that encoding
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
