import { rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import sqlite from 'node-sqlite3-wasm'
import { InputError } from '../errors.js'
import { sum } from '../numbers.js'
import type { Cell, Row, Tables } from '../profile/importers/tables.js'
import { atExit } from './at-exit.js'
import { MOST_BYTES, MOST_MIB } from './bytes.js'
import { temporaryFolder } from './write.js'

/**
 * Reads a SQLite database and closes it.
 * @param link from `withLink`
 * @param file the name used in errors
 * @throws InputError if the file is not a database, or cannot be read completely
 */
export function readSqlite<T>(link: string, file: string, read: (tables: Tables) => T): T {
  let database: InstanceType<typeof sqlite.Database> | undefined
  try {
    database = new sqlite.Database(link, { readOnly: true, fileMustExist: true })
    return read(tablesOf(database, file))
  } catch (error) {
    if (!(error instanceof sqlite.SQLite3Error)) throw error
    const expected = 'a complete SQLite database that no program has open'
    throw new InputError({ file, expected, found: error.message })
  } finally {
    database?.close()
  }
}

/**
 * Leads to a database by a link in a folder of ours while it is used, so that nothing is written beside the file:
 * the library locks a database by a folder beside the name that it opens.
 */
export async function withLink<T>(file: string, use: (link: string) => Promise<T>): Promise<T> {
  const folder = temporaryFolder('sqlite')
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const undo = atExit(remove)
  try {
    const link = join(folder, 'database')
    symlinkSync(resolve(file), link)
    return await use(link)
  } finally {
    remove()
    undo()
  }
}

function tablesOf(database: InstanceType<typeof sqlite.Database>, file: string): Tables {
  const rows = (sql: string): readonly Row[] => {
    const statement = database.prepare(sql)
    try {
      return bounded(statement.iterate() as Iterable<Row>, file)
    } finally {
      statement.finalize()
    }
  }
  return {
    rows,
    columnsOf: (table) =>
      rows(`PRAGMA table_info('${table.replaceAll("'", "''")}')`).map(({ name }) => `${name}`),
  }
}

/** Of a number, and the least of a text or blob: an empty one takes memory, too. */
const CELL_BYTES = 8

/** All rows of a query, if they take no more than a file may have. @throws InputError */
function bounded(rows: Iterable<Row>, file: string): Row[] {
  const all: Row[] = []
  let bytes = 0
  for (const row of rows) {
    bytes += sum(Object.values(row).map(bytesOf))
    if (bytes > MOST_BYTES) {
      const expected = `at most ${MOST_MIB} MiB of kernels (record fewer requests)`
      throw new InputError({ file, expected, found: 'more' })
    }
    all.push(row)
  }
  return all
}

function bytesOf(cell: Cell): number {
  const isLong = typeof cell === 'string' || cell instanceof Uint8Array
  return isLong ? Math.max(CELL_BYTES, cell.length) : CELL_BYTES
}
