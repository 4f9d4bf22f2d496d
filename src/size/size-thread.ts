import { answerTasks } from '../evaluate/task-thread.js'
import type { Demand } from '../workload/demand.js'
import { runSizeTask, type SizeResult, type SizeTask } from './size-task.js'

answerTasks<Demand, SizeTask, SizeResult>((demand) => (task) => runSizeTask(demand, task))
