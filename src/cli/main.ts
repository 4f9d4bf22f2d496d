#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { InputError } from '../errors.js'
import { commands } from './commands.js'
import { addLibraryOption } from './library-option.js'

/** Exit codes: the work failed, bad input. */
const FAILED = 1
const BAD_INPUT = 2

function program(): Command {
  const manifest = new URL('../../package.json', import.meta.url)
  const { version, description } = JSON.parse(readFileSync(manifest, 'utf8'))
  const root = new Command('eclip')
    .description(description)
    .version(version)
    .option('--debug', 'show stack traces')
  addLibraryOption(root)
  for (const make of commands) root.addCommand(make())
  setUp(root)
  return root
}

/** Commander leaves the process with code 1 on bad usage; ours is 2. Every help names `--library`. */
function setUp(command: Command): void {
  command.exitOverride().configureHelp({ showGlobalOptions: true })
  command.commands.forEach(setUp)
}

/** Exit code of a failed run; says what went wrong in one line. */
function report(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT
  const isInput = error instanceof InputError
  const message = error instanceof Error ? error.message : String(error)
  const text = debug && error instanceof Error ? error.stack : message.split('\n')[0]
  process.stderr.write(`eclip: ${text}\n`)
  return isInput ? BAD_INPUT : FAILED
}

// A reader that has seen enough (`eclip compare | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : FAILED)
})

const root = program()
try {
  await root.parseAsync()
} catch (error) {
  process.exitCode = report(error, root.opts().debug === true)
}
