import type { Command } from 'commander'
import { characterizeCommand } from './characterize.js'
import { compareCommand } from './compare.js'
import { demoCommand } from './demo.js'
import { doctorCommand } from './doctor.js'
import { diffCommand, explainCommand } from './explain.js'
import { planCommand } from './plan.js'
import { reproduceCommand } from './reproduce.js'
import { schemaCommand } from './schema.js'

/** Every command, in the order of `eclip --help`. To add one, write its file and list it here. */
export const commands: readonly (() => Command)[] = [
  demoCommand,
  compareCommand,
  planCommand,
  explainCommand,
  diffCommand,
  doctorCommand,
  characterizeCommand,
  reproduceCommand,
  schemaCommand,
]
