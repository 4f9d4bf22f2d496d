import type { Command } from 'commander'
import { compareCommand } from './compare.js'
import { demoCommand } from './demo.js'
import { schemaCommand } from './schema.js'

/** Every command, in the order of `eclip --help`. To add one, write its file and list it here. */
export const commands: readonly (() => Command)[] = [demoCommand, compareCommand, schemaCommand]
