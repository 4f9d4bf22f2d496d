import { Command } from 'commander'
import pc from 'picocolors'
import { BINDINGS } from '../binding/devices.js'
import type { Check, CheckStatus } from '../doctor/check.js'
import { type Diagnosis, diagnose, withChecks } from '../doctor/doctor.js'
import { checkPrograms } from '../doctor/programs.js'
import { type CommonOptions, print } from './command.js'
import { FAILED } from './exit-codes.js'

/** `eclip doctor`: what this machine has, and a proof that masks work. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check drivers, and prove that masks, shares and granules hold on this machine')
    .option('--json', 'print JSON')
    .action(async (options: CommonOptions) => {
      const diagnosis = withChecks(diagnose(BINDINGS), await checkPrograms())
      print(diagnosis, options, renderDiagnosis)
      if (!diagnosis.healthy) process.exitCode = FAILED
    })
}

function renderDiagnosis({ healthy, checks }: Diagnosis): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const conclusion = healthy
    ? 'Ready: masks confine kernels to their partition.'
    : 'Not ready: no device here can be partitioned.'
  const hasGpu = checks.some(({ name, status }) => GPU_MASKS.includes(name) && status === 'ok')
  const lines = [...checks.map((check) => renderCheck(check, width)), '', conclusion]
  return [...lines, ...(hasGpu ? [] : [WITHOUT_GPU])].join('\n')
}

const GPU_MASKS: readonly string[] = ['cuda masks', 'hip masks']

const WITHOUT_GPU =
  'No GPU that can be partitioned: plan, compare, size and serve --device sim need none.'

const PAINT: Readonly<Record<CheckStatus, (text: string) => string>> = {
  ok: pc.green,
  absent: pc.dim,
  failed: pc.red,
}

function renderCheck({ name, status, detail }: Check, width: number): string {
  return `${PAINT[status](status.padEnd(6))}  ${name.padEnd(width)}  ${detail}`
}
