/** The catalog's way of writing a device's name: `NVIDIA H200` is `h200`. */
export function deviceName(identityName: string): string {
  return identityName
    .replace(/\b(nvidia|amd|instinct|radeon|geforce|tesla)\b/gi, '')
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
}
