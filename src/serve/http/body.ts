import type { IncomingMessage } from 'node:http'
import { checkPieces, PIECE_BYTES, type Reservation } from '../memory-budget.js'
import { Refusal } from '../refusal.js'
import { decompress, isEncoding, tooLarge } from '../tensors/codecs.js'
import { PiecedBytes } from '../tensors/tensor-bytes.js'

const BODY = 'the body'

/**
 * The whole body of a request, decompressed, in the pieces in which it came from the socket.
 *
 * @param mostBytes longest body to read, before and after decompression
 * @param reservation grows to cover the body
 * @throws Refusal `too-large`, `overloaded`, `unsupported-encoding`, `invalid`, or `cancelled` if the client left
 */
export async function readBody(
  request: IncomingMessage,
  mostBytes: number,
  reservation: Reservation,
): Promise<PiecedBytes> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > mostBytes) throw tooLarge(BODY, mostBytes)
  reservation.expect(announced)
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (encoding !== 'identity' && !isEncoding(encoding))
    throw new Refusal(
      'unsupported-encoding',
      `content-encoding: expected gzip or deflate, found '${encoding}'`,
    )
  const body = await readPieces(request, mostBytes, reservation)
  if (encoding === 'identity') return body
  return new PiecedBytes(
    await decompress(encoding, body.contiguous(), BODY, mostBytes, reservation),
  )
}

function readPieces(
  request: IncomingMessage,
  mostBytes: number,
  reservation: Reservation,
): Promise<PiecedBytes> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = []
    let size = 0
    const take = (piece: Uint8Array): void => {
      size += piece.byteLength
      if (size > mostBytes) throw tooLarge(BODY, mostBytes)
      pieces.push(piece)
      checkPieces(pieces.length, size)
      reservation.cover(size + PIECE_BYTES * pieces.length)
    }
    const onData = (piece: Uint8Array): void => {
      try {
        take(piece)
      } catch (refusal) {
        request.off('data', onData)
        // The rest is read and discarded, because a client only reads an answer once it has sent everything.
        request.resume()
        reject(refusal)
      }
    }
    request.on('data', onData)
    request.on('end', () => resolve(new PiecedBytes(pieces)))
    request.on('close', () => {
      if (!request.complete) reject(new Refusal('cancelled', 'the client left'))
    })
  })
}
