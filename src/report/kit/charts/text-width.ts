/** About how wide a text is at 12 px, in px; rather too wide than too narrow. */
export function textWidth(text: string): number {
  return text.length * 6.8
}

/** About how wide a semibold text is at 12 px, in px; rather too wide than too narrow. */
export function strongTextWidth(text: string): number {
  return text.length * 7.7
}
