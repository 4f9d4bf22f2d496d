/** Shares and priorities of programs that leave the choice to a plan. */
import { sharePercent } from '../device/share.js'
import { InputError } from '../errors.js'
import { isShare } from '../plan/plan.js'
import { planWorkload } from '../plan-workload.js'
import type { Held } from './change.js'
import { type Priority, parsePriority } from './priority.js'
import { isPlanned, type ProgramEntry } from './programs-file.js'
import { parseShare } from './share.js'

/**
 * What each program of a file is granted. The mix of all members is planned by simulation, for
 * processes under shares.
 * @param file name of the file in errors
 * @param device returns the name of the device whose profiles are used; called only if something is
 * planned
 * @throws InputError for a member without a profile
 */
export async function termsOf(
  file: string,
  programs: readonly ProgramEntry[],
  device: () => string,
): Promise<Held[]> {
  const planned = programs.some(isPlanned) ? await planMembers(file, programs, device()) : new Map()
  return programs.map((program): Held => {
    const { priority, memoryGB, granules, yield: yields } = program
    return {
      ...(program.share !== undefined && { share: parseShare(program.share) }),
      ...(isPlanned(program) && planned.get(program)),
      ...(priority !== undefined && { priority: parsePriority(priority) }),
      ...(yields !== undefined && { yields }),
      ...(memoryGB !== undefined && { memoryBytes: memoryGB * 1e9 }),
      ...(granules !== undefined && { granules }),
    }
  })
}

async function planMembers(
  file: string,
  programs: readonly ProgramEntry[],
  device: string,
): Promise<Map<ProgramEntry, Held>> {
  const members = programs.filter(({ member }) => member !== undefined)
  const mix = members.map(({ member }) => member).join('+')
  const { plan, scenario } = await planWorkload(mix, { policy: 'mps', device }).catch((error) => {
    throw inFile(error, file, (worker) => programs.indexOf(members[worker]))
  })
  return new Map(
    members.map((program, i) => {
      const [{ partition, priority }] = plan.workers[i].groups
      const entry = plan.pool[partition]
      const share = isShare(entry) && { percent: sharePercent(scenario.device, entry.cus) }
      return [program, { ...(share && { share }), ...level(priority) }]
    }),
  )
}

/**
 * Rewords an error in terms of the file and its programs, because people do not know the mix made
 * from its members.
 */
function inFile(error: unknown, file: string, programOf: (worker: number) => number): unknown {
  if (!(error instanceof InputError)) return error
  const [, worker] = /^workers\[(\d+)\]/.exec(error.problem.path) ?? []
  if (worker === undefined) return error
  return new InputError({
    ...error.problem,
    file,
    path: `programs[${programOf(Number(worker))}].member`,
  })
}

/** The lowest level is what programs have by default, so it is left out. */
function level(priority: number): { readonly priority?: Priority } {
  return priority > 0 ? { priority } : {}
}
