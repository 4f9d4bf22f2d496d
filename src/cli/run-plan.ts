import { streamMasks } from '../binding/stream-masks.js'
import { readFile } from '../io/read.js'
import { planSchema } from '../plan/plan.js'
import { countsText } from '../report/pages/run/text.js'
import { runUnderTable } from '../run/plan-run.js'
import { planTable, servedWorkers } from '../run/plan-table.js'
import { note } from './command.js'

/**
 * Runs a program whose kernels go where a plan says, one by one, and reports how the plan was
 * carried out.
 * @param file the plan
 * @param member the only model of the plan that the program runs. If absent, it runs all of them
 * @returns the program's exit code
 */
export async function runUnderPlan(
  command: readonly string[],
  file: string,
  member?: string,
): Promise<number> {
  const plan = readFile(file, planSchema)
  const workers = servedWorkers(file, plan, member)
  const table = planTable(file, plan, workers, streamMasks(plan.device.fingerprint))
  const { exitCode, processes } = await runUnderTable(command, table, workers.length)
  const members = workers.map(({ model, batch }) => `${model}/${batch}`)
  for (const line of countsText(members, processes)) note(line)
  return exitCode
}
