/** What runs under which eclip: each eclip keeps a small file that others read. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { processesWith, signalIfThere } from '../io/process-list.js'
import { runFolder } from '../io/run-folder.js'
import { completing, writing } from '../io/write.js'
import { isAlive, type ProcessId, processOf, untilEnded } from './process-table.js'

const processSchema = z.strictObject({ pid: z.number().int(), startTicks: z.number() })

const grantedSchema = z.strictObject({
  /** Share of the device that was asked for, in percent; absent for a program on granules. */
  sharePercent: z.number().optional(),
  granules: z.string().optional(),
  priority: z.union([z.string(), z.number()]),
  /** Whether it lets busy programs of higher levels go first. */
  yields: z.boolean().optional(),
  memoryBytes: z.number().optional(),
})

const programStateSchema = grantedSchema.extend({
  name: z.string(),
  command: z.array(z.string()),
  state: z.enum(['running', 'waiting', 'ended']),
  process: processSchema.optional(),
  /** What it will be granted when it starts again, if that differs. */
  next: grantedSchema.optional(),
  restarts: z.number().int(),
  /** The exit code of its last end, as a shell would report it. */
  exitCode: z.number().int().optional(),
})

const runStateSchema = z.strictObject({
  format: z.literal('eclip.run/1'),
  eclip: processSchema,
  programs: z.array(programStateSchema),
})

/** What a program was granted. */
export type Granted = z.infer<typeof grantedSchema>
export type ProgramState = z.infer<typeof programStateSchema>
export type RunState = z.infer<typeof runStateSchema>

/** This process's file. It exists before the first program starts, so that none is overlooked. */
export class RunStateFile {
  /** Holds whatever else must be beside the file, such as the settings of its programs. */
  readonly folder: string
  readonly #file = join(runFolder('runs'), `${process.pid}.json`)
  readonly #eclip = processOf(process.pid)!

  /** @throws WorkError if the file or its folder cannot be written, as on a full disk */
  constructor() {
    this.folder = folderOf(this.#file)
    rmSync(this.folder, { recursive: true, force: true })
    writing(this.folder, () => mkdirSync(this.folder, { mode: 0o700 }))
    this.write([])
  }

  /** Variables in the environment of every program and of everything that it starts. */
  get environment(): Readonly<Record<string, string>> {
    const [name, value] = markOf(this.#eclip).split('=')
    return { [name]: value }
  }

  /** @throws WorkError if the file cannot be written, and then it stays as it was */
  write(programs: readonly ProgramState[]): void {
    const state: RunState = { format: 'eclip.run/1', eclip: this.#eclip, programs: [...programs] }
    completing(this.#file, (temporary) => {
      writeFileSync(temporary, `${JSON.stringify(state)}\n`, { mode: 0o600 })
    })
  }

  remove(): void {
    removeRun(this.#file)
  }
}

/** The folder of the eclip to which a file belongs. */
function folderOf(file: string): string {
  return file.replace(/\.json$/, '')
}

function removeRun(file: string): void {
  rmSync(folderOf(file), { recursive: true, force: true })
  rmSync(file, { force: true })
}

/** The folder of a running eclip. */
export function folderOfRun({ eclip }: RunState): string {
  return join(runFolder('runs'), `${eclip.pid}`)
}

/** What currently runs under every eclip of this user. */
export function runStates(): RunState[] {
  return readStates().flatMap(({ state }) => (state && isAlive(state.eclip) ? [state] : []))
}

/** Ends what killed eclips have left running, and removes their files. */
export async function endLeftovers(): Promise<void> {
  for (const { file, state } of readStates()) {
    if (state && isAlive(state.eclip)) continue
    const left = state === undefined ? [] : processesWith(markOf(state.eclip))
    for (const pid of left) signalIfThere(pid, 'SIGKILL')
    await untilEnded(left)
    removeRun(file)
  }
}

/** A mark that tells the processes of one eclip from those of all others. */
function markOf({ pid, startTicks }: ProcessId): string {
  return `ECLIP_RUN=${pid}-${startTicks}`
}

/** Every file with its state, which is undefined for files that a killed eclip did not complete. */
function readStates(): { readonly file: string; readonly state: RunState | undefined }[] {
  const folder = runFolder('runs')
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map(({ name }) => {
      const file = join(folder, name)
      return { file, state: stateIn(file) }
    })
}

function stateIn(file: string): RunState | undefined {
  try {
    return runStateSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}
