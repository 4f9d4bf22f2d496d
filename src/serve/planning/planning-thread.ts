/** The thread of a planning task. It does the task, answers once and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { sizeDemand } from '../../size/size-demand.js'
import { forecast } from './forecast.js'
import type { PlanningTask } from './planner.js'

async function workOut(task: PlanningTask): Promise<unknown> {
  if (task.kind === 'size') return sizeDemand(task.demand, task.settings)
  return task.plans.map((plan) => forecast(plan, task.levels, task.arrivals))
}

parentPort?.postMessage(await workOut(workerData))
