/** The thread that reads the trace in a database. */
import { answerTasks } from '../evaluate/task-thread.js'
import { readSqlite } from './sqlite.js'
import { type DatabaseTask, traceFromTables } from './trace.js'

answerTasks(
  () =>
    ({ link, file }: DatabaseTask) =>
      readSqlite(link, file, (tables) => traceFromTables(tables, file)),
)
