import { loadLibrary } from '../native.js'
import type { RuntimeCompiler } from '../runtime-compiler.js'

const FILE_NAMES = [
  'libnvrtc.so.13',
  'libnvrtc.so.12',
  'libnvrtc.so',
  '/usr/local/cuda/lib64/libnvrtc.so',
]

/**
 * Loads NVRTC. ECLIP_NVRTC names its file on machines where the loader does not find it.
 *
 * @throws WorkError if it is not installed
 */
export function loadNvrtc(): RuntimeCompiler {
  const override = process.env.ECLIP_NVRTC
  const library = loadLibrary('NVRTC', override === undefined ? FILE_NAMES : [override])
  return { name: 'NVRTC', library, prefix: 'nvrtc', output: 'PTX' }
}
