/** One daemon for all programs of a user. The first program starts it, and the last ends it. */
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkError } from '../../errors.js'
import {
  processesWith,
  processesWithOpen,
  processText,
  signalIfThere,
} from '../../io/process-list.js'
import { FileLock } from '../file-lock.js'
import { isControlThere, quitControl, startControl } from './control.js'

/** Starting or ending a daemon takes a second or two. */
const GATE_PATIENCE_MS = 30_000
/** A driver may take seconds to clean up after a program. */
const ENDING_PATIENCE_MS = 10_000
const RETRY_MS = 50

/** This process's membership in the daemon. */
export interface MpsMembership {
  /** The environment through which clients find the daemon. */
  readonly environment: Readonly<Record<string, string>>
  /** Whoever has this file open counts as a member, so a program that inherits it keeps the daemon running. */
  readonly descriptor: number
  /** Ends the daemon if nobody else is a member. */
  leave(): Promise<void>
}

/**
 * Joins the daemon whose pipes are in a folder, and starts the daemon if necessary. Whatever a
 * killed daemon left behind is removed first. The daemon sees all GPUs, so its clients number them
 * as they would without it.
 *
 * @param folder an existing folder that belongs to the user alone
 * @throws WorkError if the service is not installed, does not start, or was killed while programs
 * that used it are still running
 */
export async function joinMps(folder: string): Promise<MpsMembership> {
  const pipes = join(folder, 'pipes')
  const environment = { CUDA_MPS_PIPE_DIRECTORY: pipes, CUDA_MPS_LOG_DIRECTORY: pipes }
  const env = { ...withoutCuda(process.env), ...environment }
  const members = join(folder, 'members')
  const gate = await openGate(folder)
  const membership = new FileLock(members)
  try {
    if (!isControlThere(env)) {
      if (!(await isAlone(membership, members))) {
        throw new WorkError(
          'the MPS daemon was killed, and programs that used it still run: end them first',
        )
      }
      removeDaemon(pipes)
      mkdirSync(pipes, { mode: 0o700 })
      startControl(env)
    }
    membership.take('shared')
  } catch (error) {
    membership.close()
    throw error
  } finally {
    gate.close()
  }
  return {
    environment,
    descriptor: membership.descriptor,
    leave: async () => {
      const gate = await openGate(folder)
      membership.close()
      // The file is opened anew, because a lock through our own descriptor would be shared with the
      // processes that inherited it.
      const others = new FileLock(members)
      if (await isAlone(others, members)) {
        quitControl(env)
        removeDaemon(pipes)
      }
      others.close()
      gate.close()
    },
  }
}

/** Lets only one process at a time start or end the daemon. */
async function openGate(folder: string): Promise<FileLock> {
  const gate = new FileLock(join(folder, 'gate'))
  for (let waitedMs = 0; waitedMs < GATE_PATIENCE_MS; waitedMs += RETRY_MS) {
    if (gate.take('exclusive')) return gate
    await sleep(RETRY_MS)
  }
  gate.close()
  throw new WorkError(`another eclip has been starting MPS for ${GATE_PATIENCE_MS / 1000} s`)
}

/**
 * Whether nobody else is a member; if so, nobody can become one. Members that are ending, of which
 * the system shows no files any more, are waited for, because nobody after us would end the daemon.
 */
async function isAlone(lock: FileLock, members: string): Promise<boolean> {
  const file = realpathSync(members)
  for (let waitedMs = 0; waitedMs < ENDING_PATIENCE_MS; waitedMs += RETRY_MS) {
    if (lock.take('exclusive')) return true
    if (processesWithOpen(file).some((pid) => pid !== process.pid)) return false
    await sleep(RETRY_MS)
  }
  return false
}

function removeDaemon(pipes: string): void {
  for (const pid of serviceProcesses(pipes)) signalIfThere(pid, 'SIGKILL')
  rmSync(pipes, { recursive: true, force: true })
}

/** Beginning of the names of the service's programs, of which the system keeps 15 characters. */
const COMM = 'nvidia-cuda-mps'

/** The processes of the service that were started with pipes in a folder. */
function serviceProcesses(pipes: string): number[] {
  return processesWith(`CUDA_MPS_PIPE_DIRECTORY=${pipes}`).filter((pid) =>
    processText(pid, 'comm').startsWith(COMM),
  )
}

/** The daemon would apply limits in its own environment to all its clients, so they are removed. */
function withoutCuda(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith('CUDA_')),
  )
}
