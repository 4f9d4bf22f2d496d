#!/usr/bin/env node
import { fstatSync } from 'node:fs'
import { reasonOf } from '../io/file-kind.js'
import { writeAll } from '../io/write.js'
import { FAILED } from './exit-codes.js'
import { run } from './run.js'

// It is not a failure if a reader stops early (`eclip compare | head`), but a full disk is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`eclip: cannot write to stdout: ${reasonOf(error)}\n`)
  process.exit(FAILED)
})
// Where stdout is a file, Node takes a write that was cut short for a whole one, and the rest of a result would be
// missing without a word on a disk that fills up.
if (fstatSync(1).isFile()) process.stdout._write = writeWhole
// If stderr is closed, nobody wants to be told anything.
process.stderr.on('error', () => {})

process.exitCode = await run(process.argv.slice(2))

function writeWhole(bytes: Uint8Array, _: string, done: (error?: Error) => void): void {
  try {
    writeAll(1, bytes)
    done()
  } catch (error) {
    done(error as Error)
  }
}
