/**
 * How many equal GPUs a demand needs, each with the same plan and an even part of the requests.
 * @param goodput multiple of the demand that one of them carries
 * @returns null if the plan carries nothing, which no number of GPUs mends
 */
export function equalGpus(goodput: number): number | null {
  return goodput > 0 ? Math.ceil(1 / goodput) : null
}
