/** Runs a program whose kernels go where a plan says. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { preloadNativeLibrary } from '../binding/native-library.js'
import { writing } from '../io/write.js'
import { runInForeground } from './foreground.js'
import { type ProcessCounts, parseCounts } from './plan-counts.js'
import { endLeftovers, RunStateFile } from './run-state.js'

/**
 * Runs a program as if it had been started in place of this process, with the native library and a
 * table that tells the library where kernels go.
 * @param workers how many workers the table has
 * @returns its exit code, and how each of its processes carried out the plan, as reported when the
 * process ended; a killed process reports nothing
 * @throws InputError if there is no such program; WorkError if the library cannot be built
 * or the table cannot be written
 */
export async function runUnderTable(
  command: readonly string[],
  table: string,
  workers: number,
): Promise<{ readonly exitCode: number; readonly processes: readonly ProcessCounts[] }> {
  const library = preloadNativeLibrary()
  await endLeftovers()
  const run = new RunStateFile()
  const [file, counts] = ['table', 'counts'].map((name) => join(run.folder, name))
  try {
    writing(file, () => writeFileSync(file, table))
    const plan = { ECLIP_PLAN: file, ECLIP_PLAN_COUNTS: counts }
    const environment = { ...library, ...plan, ...run.environment }
    const exitCode = await runInForeground(command, environment, [])
    const text = existsSync(counts) ? readFileSync(counts, 'utf8') : ''
    return { exitCode, processes: parseCounts(text, workers) }
  } finally {
    run.remove()
  }
}
