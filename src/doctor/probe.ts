/** Finds out where the kernels of a program really ran, from a kernel in the program that reads the SM's number. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'
import { NATIVE_SOURCES, nativeProgram } from '../binding/native-library.js'
import { WorkError } from '../errors.js'
import { pythonModule } from '../torch/python.js'

/** The kind of program: a bundled one in C, or one in a framework's process. */
export type Prober = 'C' | 'PyTorch' | 'JAX'

const seenSchema = z.strictObject({
  /** Number of SMs that the program is told of: those of the device, or under MPS those of its share. */
  sms: z.number().int(),
  ran: z.array(
    z.strictObject({
      /** Whether the kernels ran on a stream, in a graph, or anywhere in the process. */
      how: z.enum(['stream', 'graph', 'process']),
      /** Numbers of the SMs, ascending. */
      sms: z.array(z.number().int()),
      /** How long all of these SMs together were held, in µs. */
      smTimeUs: z.number(),
    }),
  ),
})

/** Where the kernels of a program ran. */
export interface Seen extends z.infer<typeof seenSchema> {
  /** Output of the native library, if there was any. */
  readonly remark?: string | undefined
}

const KERNEL = join(NATIVE_SOURCES, 'probe/locate.ptx')
/** On a cold disk, PyTorch alone takes some ten seconds. */
const PATIENCE_MS = 120_000

/**
 * Runs a program that reports where its kernels ran.
 * @param limits environment variables that hold the program to its limits
 * @param streams how many streams a program in C makes
 * @throws WorkError in one line if it fails, for example without a compiler, a driver or a framework
 */
export function probe(
  prober: Prober,
  limits: Readonly<Record<string, string>> = {},
  streams = 1,
): Seen {
  const { program, args, env } = commandOf(prober, streams)
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    env: { ...env, ...limits },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  })
  if (status !== 0) throw new WorkError(error?.message ?? lastLine(stderr))
  const seen = seenSchema.parse(JSON.parse(lastLine(stdout)))
  return { ...seen, remark: /^eclip: (.*)$/m.exec(stderr)?.[1] }
}

function commandOf(prober: Prober, streams: number) {
  if (prober === 'C')
    return {
      program: nativeProgram('probe/probe.c'),
      args: [KERNEL, `${streams}`],
      env: process.env,
    }
  const { program, args, env } = pythonModule('eclip_torch.probe')
  // By default JAX takes most of the memory of a GPU, which others may be using.
  const more = { XLA_PYTHON_CLIENT_PREALLOCATE: 'false' }
  const framework = prober === 'JAX' ? 'jax' : 'torch'
  return { program, args: [...args, framework, KERNEL], env: { ...env, ...more } }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
