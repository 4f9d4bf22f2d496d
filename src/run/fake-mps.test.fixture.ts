/** A machine whose multi-process service is a shell script that keeps a log of its commands. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../until.test.fixture.js'

/** The daemon is a process of its own, `nvidia-cuda-mps-server`, whose process id is stored beside its pipes. */
const CONTROL = `#!/bin/sh
here=$(dirname "$0")
pid() { cat "$CUDA_MPS_PIPE_DIRECTORY/pid" 2>/dev/null; }
if [ "$1" = -d ]; then
  echo start >>"$here/log"
  "$here/nvidia-cuda-mps-server" <&- >&- 2>&- &
  echo $! >"$CUDA_MPS_PIPE_DIRECTORY/pid"
  env | grep CUDA_ | sort >"$here/environment"
  exit 0
fi
read -r line
grep -q '^State:.[^XZ]' "/proc/$(pid)/status" 2>/dev/null || exit 1
case $line in quit*) echo quit >>"$here/log"; kill "$(pid)" ;; esac
`
const SERVER = '#!/bin/sh\nwhile :; do sleep 1; done\n'

export interface FakeMps {
  readonly folder: string
  /** The environment in which programs find the fake service, and a run folder of their own. */
  readonly env: NodeJS.ProcessEnv
  /** The commands that the service has received so far, such as `start quit`. */
  told(): string
  /** The process that stands for the daemon; undefined if there is none. */
  daemon(): number | undefined
  remove(): void
}

export function fakeMps(): FakeMps {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-fake-mps-'))
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const [name, text] of [
    ['nvidia-cuda-mps-control', CONTROL],
    ['nvidia-cuda-mps-server', SERVER],
  ]) {
    writeFileSync(join(bin, name), text)
    chmodSync(join(bin, name), 0o755)
  }
  const log = join(bin, 'log')
  const pid = join(folder, 'eclip/mps/pipes/pid')
  const daemon = () => (existsSync(pid) ? Number(readFileSync(pid, 'utf8')) : undefined)
  return {
    folder,
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, XDG_RUNTIME_DIR: folder },
    told: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().replaceAll('\n', ' ') : ''),
    daemon,
    remove: () => {
      const left = daemon()
      if (left !== undefined && isRunning(left)) process.kill(left, 'SIGKILL')
      rmSync(folder, { recursive: true })
    },
  }
}

/** Whether a process runs. A process that has ended and waits for its parent does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

export function gone(pid: number): Promise<void> {
  return until(() => !isRunning(pid))
}
