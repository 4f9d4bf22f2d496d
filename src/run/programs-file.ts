import { z } from 'zod'
import { name, path } from '../quantities.js'
import { isGranuleList } from './granule-list.js'
import { parsePriority } from './priority.js'
import { parseShare } from './share.js'

/** GPUs have no hardware queues for more programs. */
export const MOST_PROGRAMS = 48
const MOST_WORDS = 1024
/** Limit of a program's memory in GB: no device has more. */
export const MOST_GB = 10_000

const PLANNED = 'planned'
/** Fields that only programs under MPS have. */
const OF_MPS = ['share', 'member', 'priority', 'yield', 'memoryGB'] as const

/** A text that the system can pass to a program. */
const word = z
  .string()
  .max(65_536)
  .refine((text) => !text.includes('\0'), 'text without zero bytes')

const programSchema = z
  .strictObject({
    name: name.describe('what it is called in logs and tables'),
    command: z
      .array(word)
      .min(1)
      .max(MOST_WORDS)
      .refine(([program]) => program !== '', { message: 'a program', path: [0] })
      .describe('program and words'),
    environment: z.record(z.string().regex(/^[A-Za-z_]\w*$/), word).default({}),
    folder: path.optional().describe('where it runs; beside the file, which it is without'),
    share: z
      .string()
      .refine((text) => text === PLANNED || parseShare(text) !== undefined, {
        message: 'compute units ("64"), a percentage ("25%") or "planned"',
      })
      .optional()
      .describe('of the device, at a time; absent: all of it'),
    member: z
      .string()
      .regex(/^[\w.-]+\/[1-9]\d{0,4}$/, 'a model with its batch, as resnet152/8')
      .optional()
      .describe('the model that it runs, by whose profile a share is planned'),
    priority: z
      .string()
      .refine((text) => parsePriority(text) !== undefined, {
        message: 'high, normal, low or a level ("0" to "63")',
      })
      .optional(),
    yield: z
      .boolean()
      .optional()
      .describe('whether it launches nothing while a program of a higher level is busy'),
    memoryGB: z.number().positive().max(MOST_GB).optional(),
    granules: z
      .string()
      .refine(isGranuleList, 'granules for each model, as 0-7,8-14 or a=0-7,b=8-14')
      .optional()
      .describe('where each of several models in it runs, without MPS'),
    restart: z.enum(['never', 'on-failure', 'always']).default('on-failure'),
    log: path.optional().describe('a file for its output, beside this one; absent: here'),
  })
  .refine(({ share, member }) => share !== PLANNED || member !== undefined, {
    message: 'a member whose profile says what share is best',
    path: ['member'],
  })
  .refine(
    ({ granules, ...terms }) =>
      granules === undefined || OF_MPS.every((name) => terms[name] === undefined),
    { message: `none of ${OF_MPS.join(', ')} beside it`, path: ['granules'] },
  )

export const programsSchema = z
  .strictObject({
    format: z.literal('eclip.programs/1'),
    programs: z
      .array(programSchema)
      .min(1)
      .max(MOST_PROGRAMS)
      .superRefine((all, context) => {
        const again = all.findIndex(({ name }, i) => all.findIndex((one) => one.name === name) < i)
        if (again < 0) return
        const message = 'a name that no other program has'
        context.addIssue({ code: 'custom', path: [again, 'name'], message })
      }),
  })
  .describe('Programs that share a GPU, each under a share and a priority')

/** What `eclip up` keeps running. */
export type ProgramsFile = z.infer<typeof programsSchema>
export type ProgramEntry = ProgramsFile['programs'][number]

/** Whether a program's share is planned. */
export function isPlanned({ share }: ProgramEntry): boolean {
  return share === PLANNED
}
