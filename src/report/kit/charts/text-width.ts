/** The approximate width of a text at 12 px, in px; too wide rather than too narrow. */
export function textWidth(text: string): number {
  return text.length * 6.8
}

/** A text without its middle, if it has more than `most` characters: its ends tell similar names apart. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const kept = (most - 1) / 2
  return `${text.slice(0, Math.ceil(kept))}…${text.slice(-Math.floor(kept))}`
}

/** The approximate width of a semibold text at 12 px, in px; too wide rather than too narrow. */
export function strongTextWidth(text: string): number {
  return text.length * 7.7
}
