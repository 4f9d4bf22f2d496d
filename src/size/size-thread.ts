import { answerTasks } from '../evaluate/task-thread.js'
import type { Demand } from '../workload/demand.js'
import { runSizeTask, type ServeTask, type StateTask } from './size-task.js'

answerTasks((demand: Demand) => (task: StateTask | ServeTask) => runSizeTask(demand, task))
