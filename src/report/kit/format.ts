export const MINUS = '\u{2212}'
const NO_VALUE = 'n/a'

/** A number for readers: with `digits` decimals, with spaces between thousands, and with a true minus sign. */
export function fixed(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return NO_VALUE
  const [whole, decimals] = Math.abs(value).toFixed(digits).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '\u{202F}')
  const text = decimals === undefined ? grouped : `${grouped}.${decimals}`
  return value < 0 && Number(text.replace('\u{202F}', '')) !== 0 ? MINUS + text : text
}

/** A number with three significant digits, and with no decimals from 100 on: `0.0412`, `3.14`, `1 280`. */
export function significant(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return fixed(value, 0)
  const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))))
  return fixed(value, Math.max(0, 2 - magnitude))
}

/** Like {@link significant}, without zeros at the end: `0`, `0.25`, `13.5`. */
export function compact(value: number): string {
  const text = significant(value)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** A change relative to a base: `+25%`, `−3.1%`, `±0%`. */
export function change(value: number, base: number): string {
  const percent = (value / base - 1) * 100
  if (!Number.isFinite(percent)) return NO_VALUE
  const text = fixed(Math.abs(percent), Math.abs(percent) < 9.95 ? 1 : 0)
  if (Number(text) === 0) return '\u{B1}0%'
  return `${percent < 0 ? MINUS : '+'}${text}%`
}

/** A share 0..1 as a percentage: `42%`. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${fixed(share * 100, 0)}%` : NO_VALUE
}

/** A share 0..1 as a percentage to a tenth: `42.3%`. */
export function percentToTenths(share: number): string {
  return Number.isFinite(share) ? `${fixed(share * 100, 1)}%` : NO_VALUE
}

/** A share of requests: never 100% if one is missing, and a dash if there were none. */
export function shareText(share: number): string {
  if (Number.isNaN(share)) return '–'
  return `${fixed(Math.floor(share * 1e4) / 100, 2)}%`
}

/** `1 kernel`, `1 110 kernels`. */
export function counted(count: number, noun: string): string {
  return `${fixed(count, 0)} ${noun}${count === 1 ? '' : 's'}`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`
}
