import type { Datatype } from './tensors/datatypes.js'

/** Two rows of two values for each type: as JSON, and as the bytes that the specification prescribes. */
export const SAMPLES: Record<Datatype, { json: unknown[]; bytes: number[] }> = {
  BOOL: { json: [true, false, false, true], bytes: [1, 0, 0, 1] },
  UINT8: { json: [0, 1, 2, 255], bytes: [0, 1, 2, 255] },
  UINT16: { json: [0, 1, 256, 65535], bytes: [0, 0, 1, 0, 0, 1, 255, 255] },
  UINT32: {
    json: [0, 1, 65536, 4294967295],
    bytes: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 255, 255, 255, 255],
  },
  UINT64: {
    json: [0, 1, 2, 3],
    bytes: [0, 1, 2, 3].flatMap((low) => [low, 0, 0, 0, 0, 0, 0, 0]),
  },
  INT8: { json: [0, 1, -1, -128], bytes: [0, 1, 255, 128] },
  INT16: { json: [0, 1, -1, -32768], bytes: [0, 0, 1, 0, 255, 255, 0, 128] },
  INT32: {
    json: [0, 1, -1, -2147483648],
    bytes: [0, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 128],
  },
  INT64: {
    json: [0, 1, 2, -1],
    bytes: [[0], [1], [2], [255]].flatMap(([b]) => [b, ...Array(7).fill(b === 255 ? 255 : 0)]),
  },
  FP16: { json: [1, -2, 0.5, 65504], bytes: [0, 0x3c, 0, 0xc0, 0, 0x38, 0xff, 0x7b] },
  BF16: { json: [1, -2, 0.5, 3], bytes: [0x80, 0x3f, 0, 0xc0, 0, 0x3f, 0x40, 0x40] },
  FP32: {
    json: [1, -2, 0.5, 0],
    bytes: [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f, 0, 0, 0, 0],
  },
  FP64: {
    json: [1, -2, 0.5, 0],
    bytes: [
      [0xf0, 0x3f],
      [0, 0xc0],
      [0xe0, 0x3f],
      [0, 0],
    ].flatMap((end) => [...Array(6).fill(0), ...end]),
  },
  BYTES: {
    json: ['a', '', 'é', 'xyz'],
    bytes: [
      ...[1, 0, 0, 0, 0x61],
      ...[0, 0, 0, 0],
      ...[2, 0, 0, 0, 0xc3, 0xa9],
      ...[3, 0, 0, 0, 0x78, 0x79, 0x7a],
    ],
  },
}
