const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/**
 * Puts a value into `float`, rounded to odd: if single precision cannot hold the value, the last bit
 * is set. An inexact value then never looks like a tie, so rounding the result again gives what
 * rounding the value itself would give.
 */
function putOdd(value: number): void {
  float[0] = value
  if (float[0] === value) return
  if (Math.abs(float[0]) > Math.abs(value)) bits[0]--
  bits[0] |= 1
}

/** The bits of a value as IEEE 754 binary16, rounded to nearest, ties to even. */
export function toHalf(value: number): number {
  putOdd(value)
  const sign = (bits[0] >>> 16) & 0x8000
  const rest = bits[0] & 0x7fffffff
  if (rest > 0x7f800000) return sign | 0x7e00
  // 65520 and everything above rounds to infinity.
  if (rest >= 0x477ff000) return sign | 0x7c00
  if (rest < 0x38800000) {
    // A subnormal half is a multiple of 2^-24, and adding 1/2 in single precision rounds to such a multiple.
    float[0] = Math.abs(float[0]) + 0.5
    return sign | (bits[0] - 0x3f000000)
  }
  const roundedUp = rest - 0x38000000 + 0xfff + ((rest >>> 13) & 1)
  return sign | (roundedUp >>> 13)
}

/** The value of IEEE 754 binary16 bits. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 31
  const fraction = half & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** The bits of a value as bfloat16, rounded to nearest, ties to even. */
export function toBfloat(value: number): number {
  putOdd(value)
  if (Number.isNaN(value)) return 0x7fc0
  return ((bits[0] + 0x7fff + ((bits[0] >>> 16) & 1)) >>> 16) & 0xffff
}

/** The value of bfloat16 bits. */
export function fromBfloat(bfloat: number): number {
  bits[0] = (bfloat << 16) >>> 0
  return float[0]
}
