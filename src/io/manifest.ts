import { readFileSync } from 'node:fs'

/** What eclip's own package says of itself. */
export function ownManifest(): { readonly version: string; readonly description: string } {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
}
