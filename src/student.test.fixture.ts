import { sum } from './numbers.js'

/** How much of Student's distribution lies within t of 0: its density, integrated by Simpson's rule. */
export function studentWithin(t: number, freedom: number): number {
  // With x = sqrt(freedom) tan a, the density is that of cos(a) to the power of freedom - 1.
  const upTo = (end: number): number => {
    const steps = 2000
    const at = (i: number): number => Math.cos((i * end) / steps) ** (freedom - 1)
    const weight = (i: number): number => (i === 0 || i === steps ? 1 : i % 2 === 0 ? 2 : 4)
    return (end / steps / 3) * sum(Array.from({ length: steps + 1 }, (_, i) => weight(i) * at(i)))
  }
  return upTo(Math.atan(t / Math.sqrt(freedom))) / upTo(Math.PI / 2)
}
