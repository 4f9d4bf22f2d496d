import type { Command } from 'commander'
import { schemaCommand } from './schema.js'

/** Every command, in the order of `eclip --help`. To add one, write its file and list it here. */
export const commands: readonly (() => Command)[] = [schemaCommand]
