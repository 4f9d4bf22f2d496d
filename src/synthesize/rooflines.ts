import type { Roofline } from './roofline.js'

/**
 * Rooflines of the devices that profiles can be synthesized for, by device name. Numbers that no data sheet gives
 * were fitted once, on all recorded H200 profiles together, and carried over to the others: the rate of a unit as a
 * multiple of its share of the bandwidth (2.0 streaming, 1.7 pipelined), a wave as 7,900 clock cycles, and the
 * cache of data-centre GPUs as 21 bytes per clock cycle and SM.
 */
export const rooflines: ReadonlyMap<string, Roofline> = new Map([
  [
    'mi50',
    {
      // 64 lanes, a multiply-add each, at 1.725 GHz: 13.2 TFLOP/s on 60 CUs.
      cuFlopsPerUs: { matrix: 220_800, vector: 220_800 },
      cuBytesPerUs: { streaming: 34_000, pipelined: 29_000 },
      cacheBytesPerUs: 1_800_000,
      cacheBytes: 4 << 20,
      // Two wavefronts on each of the four SIMDs hide the latency: an estimate.
      threadsToCompute: 512,
      threadsToStream: 1024,
      floorUs: 3,
      waveUs: 4.6,
    },
  ],
  [
    'h200',
    {
      // 989 TFLOP/s dense float16 and 67 TFLOP/s float32 on 132 SMs at 1.98 GHz.
      cuFlopsPerUs: { matrix: 7_500_000, vector: 507_000 },
      cuBytesPerUs: { streaming: 66_000, pipelined: 55_000 },
      cacheBytesPerUs: 5_500_000,
      cacheBytes: 50 << 20,
      threadsToCompute: 128,
      threadsToStream: 1024,
      floorUs: 1.3,
      waveUs: 4,
    },
  ],
  [
    'h100',
    {
      // The H200's compute units.
      cuFlopsPerUs: { matrix: 7_500_000, vector: 507_000 },
      cuBytesPerUs: { streaming: 42_400, pipelined: 36_100 },
      cacheBytesPerUs: 5_500_000,
      cacheBytes: 50 << 20,
      threadsToCompute: 128,
      threadsToStream: 1024,
      floorUs: 1.3,
      waveUs: 4,
    },
  ],
  [
    'a100',
    {
      // 312 TFLOP/s dense float16 and 19.5 TFLOP/s float32 on 108 SMs at 1.41 GHz.
      cuFlopsPerUs: { matrix: 2_890_000, vector: 180_500 },
      cuBytesPerUs: { streaming: 33_800, pipelined: 28_700 },
      cacheBytesPerUs: 3_200_000,
      cacheBytes: 40 << 20,
      threadsToCompute: 128,
      threadsToStream: 1024,
      floorUs: 1.3,
      waveUs: 5.6,
    },
  ],
  [
    'l40s',
    {
      // 362 TFLOP/s dense float16 and 91.6 TFLOP/s float32 on 142 SMs at 2.52 GHz.
      cuFlopsPerUs: { matrix: 2_550_000, vector: 645_000 },
      cuBytesPerUs: { streaming: 10_900, pipelined: 9_300 },
      cacheBytesPerUs: 7_500_000,
      cacheBytes: 96 << 20,
      threadsToCompute: 128,
      threadsToStream: 1024,
      floorUs: 1.3,
      waveUs: 3.1,
    },
  ],
  [
    'b200',
    {
      // 2,250 TFLOP/s dense float16 and 75 TFLOP/s float32 on 148 SMs, which makes 1.98 GHz.
      cuFlopsPerUs: { matrix: 15_200_000, vector: 507_000 },
      cuBytesPerUs: { streaming: 96_800, pipelined: 82_300 },
      cacheBytesPerUs: 6_200_000,
      // Published measurements; the data sheet gives none.
      cacheBytes: 126 << 20,
      threadsToCompute: 128,
      threadsToStream: 1024,
      floorUs: 1.3,
      waveUs: 4,
    },
  ],
  [
    'orin',
    {
      // 128 lanes, a multiply-add each, at 1.3 GHz; tensor cores: 42 TFLOP/s dense float16 on 16 SMs.
      cuFlopsPerUs: { matrix: 2_650_000, vector: 332_800 },
      cuBytesPerUs: { streaming: 25_600, pipelined: 21_800 },
      // An estimate: three times the bandwidth of the memory.
      cacheBytesPerUs: 615_000,
      cacheBytes: 4 << 20,
      threadsToCompute: 128,
      threadsToStream: 1024,
      floorUs: 2,
      waveUs: 6.1,
    },
  ],
])
