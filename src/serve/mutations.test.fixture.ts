import type { Random } from '../random.js'

/** How many times a fuzzer tries, and for how many seconds at least; `bench/faults.mjs` asks for more seconds. */
const TRIES = 400
const SECONDS = Number(process.env.ECLIP_FAULT_SECONDS ?? 0)

/** Counts the tries of a fuzzer. @param part of the usual number of tries to make */
export function* tries(part = 1): Generator<number> {
  const startMs = performance.now()
  for (let i = 0; i < part * TRIES || performance.now() - startMs < SECONDS * 1000; i++) yield i
}

const INTERESTING = [0, 1, 9, 10, 13, 32, 34, 44, 45, 58, 91, 93, 123, 125, 127, 128, 255]

/** The bytes with a few errors: some are changed, lost, doubled, moved or cut off. */
export function mutated(original: Uint8Array, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(original)
  for (let left = 1 + random.integer(4); left > 0; left--) bytes = mutatedOnce(bytes, random)
  return bytes
}

function mutatedOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.integer(bytes.byteLength + 1)
  const end = Math.min(bytes.byteLength, at + 1 + random.integer(8))
  const before = bytes.subarray(0, at)
  switch (random.integer(6)) {
    case 0:
      return Buffer.concat([before, Buffer.of(random.integer(256)), bytes.subarray(at + 1)])
    case 1:
      return Buffer.concat([before, Buffer.of(interesting(random)), bytes.subarray(at + 1)])
    case 2:
      return Buffer.concat([before, Buffer.of(interesting(random)), bytes.subarray(at)])
    case 3:
      return Buffer.concat([before, bytes.subarray(end)])
    case 4:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
    default:
      return before
  }
}

function interesting(random: Random): number {
  return INTERESTING[random.integer(INTERESTING.length)]
}
