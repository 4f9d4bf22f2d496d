// The demands that were served on GPUs (data/measured/open-load), with every run of each contender.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const FILES = [
  'h200-demands',
  'new-demands',
  'trial-demands',
  'long-windows',
  'blind-demands',
  'h200-thirteen-demands',
  'h100-three-demands',
]

/** By name, as the files are. */
export const RECORDED = new Map(
  FILES.map((name) => {
    const file = new URL(`../data/measured/open-load/${name}.json.gz`, import.meta.url)
    return [name, JSON.parse(gunzipSync(readFileSync(file)))]
  }),
)
