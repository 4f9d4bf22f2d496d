/** Proves for each way of holding programs to a share or to granules that it works here. */
import { basename } from 'node:path'
import { joinMps } from '../binding/mps/shared-daemon.js'
import { nativeLibrary } from '../binding/native-library.js'
import { formatPartition } from '../device/partition.js'
import { attempt, attempted, WorkError } from '../errors.js'
import { runFolder } from '../io/run-folder.js'
import { distinctAscending, sum } from '../numbers.js'
import { limitsOf } from '../run/held-terms.js'
import { absent, type Check, ok } from './check.js'
import { type Prober, probe, type Seen } from './probe.js'

/** A share under which libraries compute correct results (docs/process.md). */
const SHARE_PERCENT = 50
/** Each granule alone and both together, so that the observed SMs can be compared. */
const GRANULES = '0,1,0-1'
const GRANULE_COUNT = 3

/** Runs programs under every mechanism, and checks where their kernels ran. */
export async function checkPrograms(): Promise<Check[]> {
  const library = checkLibrary()
  const plain = attempt(() => probe('C'))
  if (plain instanceof WorkError) return [library, absent('programs', plain.message)]
  const { sms } = plain
  return [
    library,
    ok(
      'programs',
      `a C program without limits ran on ${smsOf(plain)[0].length} of ${sms} SMs, and held them for ${smTimeMs(plain)} ms of SM time`,
    ),
    await checkShare(sms),
    checkGranules(),
  ]
}

/** Checks the library through which programs find what they are granted. */
function checkLibrary(): Check {
  const name = 'programs library'
  const library = attempt(nativeLibrary)
  if (library instanceof WorkError) return absent(name, library.message)
  const { file, madeBy } = library
  const from = madeBy === 'package' ? 'from the package' : 'built here'
  return ok(name, `${basename(file)}, ${from}`)
}

async function checkShare(sms: number): Promise<Check> {
  const name = 'programs share'
  const most = Math.floor((sms * SHARE_PERCENT) / 100)
  const check = await attempted(async () => {
    const mps = await joinMps(runFolder('mps'))
    try {
      const limits = { ...mps.environment, ...limitsOf({ share: { percent: SHARE_PERCENT } }) }
      return verdict(
        name,
        `under ${SHARE_PERCENT}% of ${sms} SMs`,
        (['C', 'PyTorch', 'JAX'] as const).map((prober) => ({
          prober,
          seen: attempt(() => probe(prober, limits)),
          holds: (seen) => smsOf(seen).every((run) => run.length <= most),
        })),
      )
    } finally {
      await mps.leave()
    }
  })
  return check instanceof WorkError ? absent(name, check.message) : check
}

function checkGranules(): Check {
  const name = 'programs granules'
  const limits = attempt(() => limitsOf({ granules: GRANULES }))
  if (limits instanceof WorkError) return absent(name, limits.message)
  const seen = attempt(() => probe('C', limits, GRANULE_COUNT))
  const both = seen instanceof WorkError ? [] : (smsOf(seen).at(-1) ?? [])
  const single = limitsOf({ granules: '0-1' })
  return verdict(name, 'on granules 0, 1 and 0-1', [
    { prober: 'C', seen, holds: areExact },
    {
      prober: 'PyTorch',
      seen: attempt(() => probe('PyTorch', single)),
      holds: (seen) => smsOf(seen).every((run) => run.length === both.length),
    },
  ])
}

/**
 * Whether two granules and both together, each as a stream and as a graph, are as they should be:
 * the two are disjoint, and together they are the third.
 */
export function areExact(seen: Seen): boolean {
  const [first, firstGraph, second, secondGraph, both, bothGraph] = smsOf(seen).map(formatPartition)
  const [one, , other] = smsOf(seen)
  const union = distinctAscending([...one, ...other])
  return (
    union.length === one.length + other.length &&
    formatPartition(union) === both &&
    first === firstGraph &&
    second === secondGraph &&
    both === bothGraph
  )
}

/** Findings about one program. */
interface Finding {
  readonly prober: Prober
  readonly seen: Seen | WorkError
  readonly holds: (seen: Seen) => boolean
}

function verdict(name: string, under: string, findings: readonly Finding[]): Check {
  const isWrong = findings.some(({ seen, holds }) => !(seen instanceof WorkError) && !holds(seen))
  const [{ seen }] = findings
  const status = isWrong ? 'failed' : seen instanceof WorkError ? 'absent' : 'ok'
  const details = findings.map((finding) => `${finding.prober} ${describeFinding(finding)}`)
  return { name, status, detail: `${under}: ${details.join('; ')}` }
}

function describeFinding({ prober, seen, holds }: Finding): string {
  if (seen instanceof WorkError) return `not checked (${seen.message})`
  const counts = [...new Set(smsOf(seen).map((run) => run.length))].join(', ')
  const where = formatPartition(smsOf(seen).at(-1) ?? [])
  const by = prober === 'JAX' ? ' (a kernel of ours beside those of JAX)' : ''
  const reason = seen.remark === undefined ? '' : ` (${seen.remark})`
  return `ran on ${counts} SMs${by}, the last on ${where}${holds(seen) ? '' : `, which is wrong${reason}`}`
}

const smsOf = ({ ran }: Seen) => ran.map(({ sms }) => sms)

function smTimeMs({ ran }: Seen): string {
  return (sum(ran.map(({ smTimeUs }) => smTimeUs)) / 1000).toFixed(0)
}
