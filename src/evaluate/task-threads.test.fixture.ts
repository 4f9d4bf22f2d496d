/** A thread whose tasks say what becomes of them. */
import { InputError } from '../errors.js'
import { answerTasks } from './task-thread.js'

/** A number is doubled and put behind what the thread was started with. */
export type Task = number | 'bad input' | 'error' | 'text' | 'exit'

answerTasks((name: string) => {
  if (name === '') throw new Error('no name')
  return (task: Task): string => {
    if (task === 'bad input')
      throw new InputError({ file: 'f', path: 'p', expected: 'this', found: 'that' })
    if (task === 'error') throw new RangeError('out of range')
    if (task === 'text') throw 'only text'
    if (task === 'exit') process.exit(0)
    return `${name} ${2 * task}`
  }
})
