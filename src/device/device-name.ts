const MAKERS = /\b(nvidia|amd|instinct|radeon|geforce|tesla)\b/gi
/**
 * Size and kind of the memory, and the socket. Devices that differ only in these have the same name. A number of
 * GB after a dot is part of a MIG profile's name, and stays.
 */
const MEMORY = /(?<![\w.])\d+ ?gb\b|\bhbm\d\w*|\bsxm\d*\b/gi

/** A device's name in the catalog's spelling: `NVIDIA H100 80GB HBM3` becomes `h100`. */
export function deviceName(identityName: string): string {
  return identityName
    .replace(MAKERS, '')
    .replace(MEMORY, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
