import { WorkError } from '../errors.js'
import { bindChecked, bindStatus, type LoadedLibrary, outNumber, outPointer } from './native.js'

/** A run-time compiler. NVRTC and hiprtc differ only in their names. */
export interface RuntimeCompiler {
  readonly name: string
  readonly library: LoadedLibrary
  /** Prefix of every symbol: `nvrtc` or `hiprtc`. */
  readonly prefix: string
  /** The compiler's name for its output: `PTX` or `Code`. */
  readonly output: string
}

/**
 * Compiles kernel source.
 *
 * @returns what the driver loads: PTX text or a code object
 * @throws WorkError with the compiler's log if the source does not compile
 */
export function compileKernels(
  compiler: RuntimeCompiler,
  source: string,
  options: readonly string[],
): Buffer {
  const calls = bindCompiler(compiler)
  const program = outPointer((cell) => {
    calls.create(cell, source, 'kernels.cu', 0, null, null)
  })
  const status = calls.compile(program, options.length, [...options])
  const read = status === 0 ? calls.output : calls.log
  const result = Buffer.alloc(outNumber((cell) => read.size(program, cell)))
  read.get(program, result)
  calls.destroy([program])
  if (status === 0) return result
  throw new WorkError(`${compiler.name} cannot build the test kernels: ${result.toString()}`)
}

function bindCompiler({ name, library, prefix, output }: RuntimeCompiler) {
  const symbol = (suffix: string) => `${prefix}${suffix}`
  const checked = bindChecked(
    library,
    {
      [symbol('CreateProgram')]: '_Out_ void **, const char *, const char *, int, void *, void *',
      [symbol('DestroyProgram')]: '_Inout_ void **',
      [symbol(`Get${output}Size`)]: 'void *, _Out_ size_t *',
      [symbol(`Get${output}`)]: 'void *, void *',
      [symbol('GetProgramLogSize')]: 'void *, _Out_ size_t *',
      [symbol('GetProgramLog')]: 'void *, void *',
    },
    (status) => `${name} error (${status})`,
  )
  const compile = symbol('CompileProgram')
  return {
    create: checked[symbol('CreateProgram')],
    destroy: checked[symbol('DestroyProgram')],
    compile: bindStatus(library, { [compile]: 'void *, int, const char **' })[compile],
    output: { size: checked[symbol(`Get${output}Size`)], get: checked[symbol(`Get${output}`)] },
    log: { size: checked[symbol('GetProgramLogSize')], get: checked[symbol('GetProgramLog')] },
  }
}
