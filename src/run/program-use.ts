/** What each program was granted, and what it uses. */
import type { GpuProcess, GpuUse } from '../binding/cuda/processes.js'
import { groupedBy } from '../maps.js'
import { mean, sum } from '../numbers.js'
import type { Granted, ProgramState } from './run-state.js'

/** One line of `eclip ps`. Null means that nobody measures the value here. */
export interface ProgramUse
  extends Pick<ProgramState, 'name' | 'state' | 'restarts' | 'priority' | 'yields'> {
  readonly pid: number | null
  readonly sharePercent: number | null
  readonly granules: string | null
  /** What it will be granted when it starts again, if that differs. */
  readonly next: Granted | null
  readonly memoryLimitBytes: number | null
  /** Share of the time in which any of its kernels ran, in percent; not how many units they used. */
  readonly smPercent: number | null
  readonly memoryBytes: number | null
  /** The device's power in W, divided in proportion to SM time. */
  readonly powerW: number | null
}

/**
 * Relates the driver's information on processes to programs.
 * @param familyOf returns a program's process and all that it started
 */
export function usesOf(
  programs: readonly ProgramState[],
  { processes, powerW }: GpuUse,
  familyOf: (pid: number) => readonly number[],
): ProgramUse[] {
  const busyPercent = sum(smPercents(processes))
  return programs.map((program) => {
    const pid = program.process?.pid
    const family = new Set(pid === undefined ? [] : familyOf(pid))
    const own = processes.filter((one) => family.has(one.pid))
    const smPercent = sum(smPercents(own))
    const isSampled = own.some((one) => one.smPercent !== undefined)
    const memory = own.flatMap(({ memoryBytes }) => memoryBytes ?? [])
    return {
      name: program.name,
      state: program.state,
      pid: pid ?? null,
      sharePercent: program.sharePercent ?? null,
      granules: program.granules ?? null,
      next: program.next ?? null,
      priority: program.priority,
      ...(program.yields && { yields: true }),
      memoryLimitBytes: program.memoryBytes ?? null,
      smPercent: isSampled ? smPercent : null,
      memoryBytes: memory.length > 0 ? sum(memory) : null,
      powerW: isSampled && powerW !== undefined ? shareOf(powerW, smPercent, busyPercent) : null,
      restarts: program.restarts,
    }
  })
}

/** If nobody uses the device, nobody has a part in its power. */
function shareOf(powerW: number, part: number, whole: number): number {
  return whole > 0 ? (powerW * part) / whole : 0
}

/** The mean of the samples of each process that has any. */
function smPercents(processes: readonly GpuProcess[]): number[] {
  const sampled = processes.filter(({ smPercent }) => smPercent !== undefined)
  return [...groupedBy(sampled, ({ pid }) => pid).values()].map((samples) =>
    mean(samples.map(({ smPercent }) => smPercent!)),
  )
}
