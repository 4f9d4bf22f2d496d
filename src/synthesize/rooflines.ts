import type { Roofline } from './roofline.js'

/** Rooflines of the devices that profiles can be synthesized for, by device name. */
export const rooflines: ReadonlyMap<string, Roofline> = new Map([
  [
    'mi50',
    {
      // 64 lanes, a multiply-add each, at 1.725 GHz: 13.2 TFLOP/s on 60 CUs.
      cuFlopsPerUs: { matrix: 220_800, vector: 220_800 },
      // Latency-bound: about 36 CUs reach the memory's bandwidth, the same share as on the H200.
      cuBytesPerUs: 28_000,
      cacheBytesPerUs: 1_800_000,
      cacheBytes: 4 << 20,
      threadsToCompute: 256,
      threadsToStream: 1024,
      floorUs: 3,
      waveUs: 2.8,
    },
  ],
  [
    'h200',
    {
      // 989 TFLOP/s dense float16 and 67 TFLOP/s float32 on 132 SMs at 1.98 GHz.
      cuFlopsPerUs: { matrix: 7_500_000, vector: 507_000 },
      cuBytesPerUs: 58_000,
      cacheBytesPerUs: 5_500_000,
      cacheBytes: 50 << 20,
      threadsToCompute: 256,
      threadsToStream: 1024,
      floorUs: 1.1,
      waveUs: 2.4,
    },
  ],
])
