#!/usr/bin/env node
import { reasonOf } from '../io/file-kind.js'
import { FAILED, run } from './run.js'

// A reader that has seen enough (`eclip compare | head`) is no failure; a full disk is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`eclip: cannot write to stdout: ${reasonOf(error)}\n`)
  process.exit(FAILED)
})
// Whoever closed stderr does not want to be told.
process.stderr.on('error', () => {})

process.exitCode = await run(process.argv.slice(2))
