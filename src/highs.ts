import * as highsModule from 'highs'

// The package's types describe its CommonJS build; its ES module's default export is the loader itself.
const load = highsModule.default as unknown as typeof highsModule.default.default

let loading: ReturnType<typeof load> | undefined

/** The HiGHS solver, a WebAssembly module that is loaded once, when it is first asked for. */
export function loadHighs(): ReturnType<typeof load> {
  loading ??= load()
  return loading
}
