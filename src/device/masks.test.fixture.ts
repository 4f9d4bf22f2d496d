/** How the driver lays out masks on the AMD chips used in tests. */
import type { MaskLayout } from './masks.js'

/** 60 CUs: 4 shader engines of 15. */
export const MI50_MASK: MaskLayout = { dies: 1, engineCus: [15, 15, 15, 15], cusPerUnit: 1 }

/** 120 CUs: 8 shader engines of 15. */
export const MI100_MASK: MaskLayout = { dies: 1, engineCus: Array(8).fill(15), cusPerUnit: 1 }

/**
 * 304 CUs as one device: 8 XCDs of 38. Which two engines of an XCD have 10 CUs and which have 9
 * depends on the chip, but only the last bit of each engine moves with it.
 */
export const MI300X_SPX_MASK: MaskLayout = {
  dies: 8,
  engineCus: [10, 10, 9, 9],
  cusPerUnit: 1,
}
