import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { describe, InputError } from '../errors.js'
import { openTaskThreads } from '../evaluate/task-threads.js'
import { traceFromKineto } from '../profile/importers/kineto.js'
import { isNsys, traceFromNsys } from '../profile/importers/nsys.js'
import { isRocpd, traceFromRocpd } from '../profile/importers/rocpd.js'
import { isRocprofCsv, traceFromRocprofCsv } from '../profile/importers/rocprof-csv.js'
import type { Tables } from '../profile/importers/tables.js'
import type { Trace } from '../profile/importers/trace.js'
import { parseJson } from './json.js'
import { readText } from './read.js'
import { withLink } from './sqlite.js'

/** The kinds of trace that can be imported, for help and errors. */
export const TRACE_FORMS =
  'a Chrome trace of the PyTorch profiler, a SQLite export of Nsight Systems, or a database or kernel_trace.csv of rocprofv3'

/**
 * Reads kernels that another tool recorded, which is identified by the content.
 * @throws InputError if the tool is unknown, or the file is broken
 */
export async function readTrace(file: string): Promise<Trace> {
  if (isSqlite(file)) return withLink(file, (link) => readDatabase({ link, file }))
  if (file.endsWith('.nsys-rep')) {
    const expected = 'its SQLite export (nsys export --type sqlite)'
    throw new InputError({ file, expected, found: 'a report of Nsight Systems' })
  }
  const text = readText(file)
  if (isRocprofCsv(text)) return traceFromRocprofCsv(text, file)
  if (/^\s*[[{]/.test(text)) return traceFromKineto(parseJson(text, file), file)
  throw unknownForm(file, `a file that starts with ${describe(text.slice(0, 20))}`)
}

/** A database to be read, and its name in errors. */
export interface DatabaseTask {
  readonly link: string
  readonly file: string
}

/** Views of a database may take for ever. In a thread of its own it keeps no signal from ending the process. */
async function readDatabase(task: DatabaseTask): Promise<Trace> {
  const module = new URL('./trace-thread.js', import.meta.url)
  const threads = openTaskThreads<DatabaseTask, Trace>(module, undefined, 1)
  try {
    const [trace] = await threads.run([task])
    return trace
  } finally {
    await threads.close()
  }
}

/** @throws InputError if it is of no tool that is known, or broken */
export function traceFromTables(tables: Tables, file: string): Trace {
  if (isNsys(tables)) return traceFromNsys(tables, file)
  if (isRocpd(tables)) return traceFromRocpd(tables, file)
  throw unknownForm(file, 'a SQLite database of something else')
}

function unknownForm(file: string, found: string): InputError {
  return new InputError({ file, expected: TRACE_FORMS, found })
}

const SQLITE_START = 'SQLite format 3\0'

/**
 * Anything that is not a regular file or cannot be opened is left to the text reader, which reports
 * why.
 */
function isSqlite(file: string): boolean {
  if (!existsSync(file) || !statSync(file).isFile()) return false
  const start = Buffer.alloc(SQLITE_START.length)
  try {
    const descriptor = openSync(file, 'r')
    readSync(descriptor, start)
    closeSync(descriptor)
  } catch {
    return false
  }
  return start.toString('latin1') === SQLITE_START
}
