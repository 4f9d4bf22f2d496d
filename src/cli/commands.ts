import type { Command } from 'commander'

/**
 * Every command by name, in the order of `eclip --help`. To add one, write its file and list it
 * here. A command is loaded only when it is used, because loading all of them takes most of a
 * second.
 */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./demo.js')).demoCommand(),
  compare: async () => (await import('./compare.js')).compareCommand(),
  plan: async () => (await import('./plan.js')).planCommand(),
  explain: async () => (await import('./explain.js')).explainCommand(),
  diff: async () => (await import('./explain.js')).diffCommand(),
  simulate: async () => (await import('./simulate.js')).simulateCommand(),
  size: async () => (await import('./size.js')).sizeCommand(),
  validate: async () => (await import('./validate.js')).validateCommand(),
  calibrate: async () => (await import('./calibrate.js')).calibrateCommand(),
  doctor: async () => (await import('./doctor.js')).doctorCommand(),
  characterize: async () => (await import('./characterize.js')).characterizeCommand(),
  dispatch: async () => (await import('./dispatch.js')).dispatchCommand(),
  profile: async () => (await import('./profile.js')).profileCommand(),
  import: async () => (await import('./import.js')).importCommand(),
  library: async () => (await import('./library.js')).libraryCommand(),
  bench: async () => (await import('./bench.js')).benchCommand(),
  serve: async () => (await import('./serve.js')).serveCommand(),
  load: async () => (await import('./load.js')).loadCommand(),
  run: async () => (await import('./run-program.js')).runProgramCommand(),
  up: async () => (await import('./up.js')).upCommand(),
  ps: async () => (await import('./ps.js')).psCommand(),
  top: async () => (await import('./ps.js')).topCommand(),
  set: async () => (await import('./set.js')).setCommand(),
  mig: async () => (await import('./mig.js')).migCommand(),
  reproduce: async () => (await import('./reproduce.js')).reproduceCommand(),
  schema: async () => (await import('./schema.js')).schemaCommand(),
}
