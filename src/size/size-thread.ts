import { answerTasks } from '../evaluate/task-thread.js'
import type { Demand } from '../workload/demand.js'
import { runSizeTask, type SizeTask, type SizeTaskResult } from './size-task.js'

answerTasks<Demand, SizeTask, SizeTaskResult>((demand) => (task) => runSizeTask(demand, task))
