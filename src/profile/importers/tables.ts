/** A value in a database; numbers past 2^53 come as bigint. */
export type Cell = number | bigint | string | Uint8Array | null
export type Row = Readonly<Record<string, Cell>>

/** A database that is only read. */
export interface Tables {
  /** Columns of a table or view; empty if there is no such table. */
  columnsOf(table: string): readonly string[]
  /** Rows of a query. */
  rows(sql: string): readonly Row[]
}

/** Whether a database has all of the columns of a table. */
export function hasColumns(tables: Tables, table: string, columns: readonly string[]): boolean {
  const there = tables.columnsOf(table)
  return columns.every((column) => there.includes(column))
}
