import type { Command } from 'commander'
import { benchCommand } from './bench.js'
import { calibrateCommand } from './calibrate.js'
import { characterizeCommand } from './characterize.js'
import { compareCommand } from './compare.js'
import { demoCommand } from './demo.js'
import { dispatchCommand } from './dispatch.js'
import { doctorCommand } from './doctor.js'
import { diffCommand, explainCommand } from './explain.js'
import { importCommand } from './import.js'
import { libraryCommand } from './library.js'
import { loadCommand } from './load.js'
import { migCommand } from './mig.js'
import { planCommand } from './plan.js'
import { profileCommand } from './profile.js'
import { psCommand, topCommand } from './ps.js'
import { reproduceCommand } from './reproduce.js'
import { runProgramCommand } from './run-program.js'
import { schemaCommand } from './schema.js'
import { serveCommand } from './serve.js'
import { setCommand } from './set.js'
import { simulateCommand } from './simulate.js'
import { sizeCommand } from './size.js'
import { upCommand } from './up.js'
import { validateCommand } from './validate.js'

/** Every command, in the order of `eclip --help`. To add one, write its file and list it here. */
export const commands: readonly (() => Command)[] = [
  demoCommand,
  compareCommand,
  planCommand,
  explainCommand,
  diffCommand,
  simulateCommand,
  sizeCommand,
  validateCommand,
  calibrateCommand,
  doctorCommand,
  characterizeCommand,
  dispatchCommand,
  profileCommand,
  importCommand,
  libraryCommand,
  benchCommand,
  serveCommand,
  loadCommand,
  runProgramCommand,
  upCommand,
  psCommand,
  topCommand,
  setCommand,
  migCommand,
  reproduceCommand,
  schemaCommand,
]
