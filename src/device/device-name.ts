const MAKERS = /\b(nvidia|amd|instinct|radeon|geforce|tesla)\b/gi
/**
 * Size and kind of the memory, and the socket: devices that differ in these alone go by one name. A number of GB
 * behind a dot is part of a MIG profile's name.
 */
const MEMORY = /(?<![\w.])\d+ ?gb\b|\bhbm\d\w*|\bsxm\d*\b/gi

/** The catalog's way of writing a device's name: `NVIDIA H100 80GB HBM3` is `h100`. */
export function deviceName(identityName: string): string {
  return identityName
    .replace(MAKERS, '')
    .replace(MEMORY, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
