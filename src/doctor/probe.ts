/** Where kernels of a program really ran: its own word for it, by a kernel that reads the SM's number. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'
import { NATIVE_SOURCES, nativeProgram } from '../binding/native-library.js'
import { WorkError } from '../errors.js'
import { pythonModule } from '../torch/python.js'

/** Which program is asked: one in C that is bundled, or one in a framework's process. */
export type Prober = 'C' | 'PyTorch' | 'JAX'

const seenSchema = z.strictObject({
  /** Of the device, as the program is told; under MPS, of its share. */
  sms: z.number().int(),
  ran: z.array(
    z.strictObject({
      /** On a stream, in a graph, or anywhere in the process. */
      how: z.enum(['stream', 'graph', 'process']),
      /** The numbers of the SMs, ascending. */
      sms: z.array(z.number().int()),
      /** How long all of them together were held, in µs. */
      smTimeUs: z.number(),
    }),
  ),
})

/** Where the kernels of a program ran. */
export interface Seen extends z.infer<typeof seenSchema> {
  /** What the native library had to say, if anything. */
  readonly remark?: string | undefined
}

const KERNEL = join(NATIVE_SOURCES, 'probe/locate.ptx')
/** PyTorch alone takes some ten seconds on a cold disk. */
const PATIENCE_MS = 120_000

/**
 * Runs a program that says where its kernels ran.
 * @param limits added to the environment: what the program is held to
 * @param streams how many it makes, in C
 * @throws WorkError in one line if it fails, such as for want of a compiler, a driver or a framework
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
  // JAX would take most of the memory of a GPU that others use.
  const more = { XLA_PYTHON_CLIENT_PREALLOCATE: 'false' }
  const framework = prober === 'JAX' ? 'jax' : 'torch'
  return { program, args: [...args, framework, KERNEL], env: { ...env, ...more } }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
