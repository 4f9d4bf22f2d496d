/** The approximate width of a text at 12 px, in px; too wide rather than too narrow. */
export function textWidth(text: string): number {
  return text.length * 6.8
}

/** The approximate width of a semibold text at 12 px, in px; too wide rather than too narrow. */
export function strongTextWidth(text: string): number {
  return text.length * 7.7
}
