import { loadLibrary, type NativeLibrary } from '../native.js'
import type { RuntimeCompiler } from '../runtime-compiler.js'

const FILE_NAMES = ['libhiprtc.so.7', 'libhiprtc.so.6', 'libhiprtc.so']

/** hiprtc: a library of its own since ROCm 5.3, part of the HIP runtime before. */
export function loadHiprtc(runtime: NativeLibrary): RuntimeCompiler {
  return { name: 'hiprtc', library: separateLibrary() ?? runtime, prefix: 'hiprtc', output: 'Code' }
}

function separateLibrary(): NativeLibrary | undefined {
  try {
    return loadLibrary('hiprtc', FILE_NAMES)
  } catch {
    return undefined
  }
}
