import { type LoadedLibrary, loadLibrary } from '../native.js'
import type { RuntimeCompiler } from '../runtime-compiler.js'
import { unlessMissing } from '../unless-missing.js'

const FILE_NAMES = ['libhiprtc.so.7', 'libhiprtc.so.6', 'libhiprtc.so']

/** Loads hiprtc, which has been a separate library since ROCm 5.3 and was part of the HIP runtime before. */
export function loadHiprtc(runtime: LoadedLibrary): RuntimeCompiler {
  const library = unlessMissing(() => loadLibrary('hiprtc', FILE_NAMES)) ?? runtime
  return { name: 'hiprtc', library, prefix: 'hiprtc', output: 'Code' }
}
