#!/usr/bin/env node
import { reasonOf } from '../io/file-kind.js'
import { FAILED } from './exit-codes.js'
import { run } from './run.js'

// It is not a failure if a reader stops early (`eclip compare | head`), but a full disk is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`eclip: cannot write to stdout: ${reasonOf(error)}\n`)
  process.exit(FAILED)
})
// If stderr is closed, nobody wants to be told anything.
process.stderr.on('error', () => {})

process.exitCode = await run(process.argv.slice(2))
