import { Argument, Command } from 'commander'
import { z } from 'zod'
import { goodputFileSchema } from '../bench/demand/goodput-file.js'
import { deviceSchema } from '../device/device.js'
import { loadResultSchema } from '../load/result.js'
import { poolFileSchema } from '../mig/export/stream-pool.js'
import { latencyFileSchema } from '../mig/latency-file.js'
import { planSchema } from '../plan/plan.js'
import { servingPlanSchema } from '../plan/serving-plan.js'
import { profileSchema } from '../profile/profile.js'
import { programsSchema } from '../run/programs-file.js'
import { apiKeysSchema } from '../serve/tenants.js'
import { pointsSchema } from '../validate/points.js'
import { demandSchema } from '../workload/demand.js'
import { workloadSchema } from '../workload/workload.js'

/** Formats of files that leave or enter the program, by name. */
export const schemas = {
  'api-keys': apiKeysSchema,
  demand: demandSchema,
  device: deviceSchema,
  goodput: goodputFileSchema,
  latency: latencyFileSchema,
  load: loadResultSchema,
  plan: planSchema,
  points: pointsSchema,
  pool: poolFileSchema,
  profile: profileSchema,
  programs: programsSchema,
  serving: servingPlanSchema,
  workload: workloadSchema,
} as const

/** `eclip schema`: prints the JSON Schema of a file format, or which formats there are. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of a file format, or list the formats')
    .addArgument(new Argument('[format]').choices(Object.keys(schemas)))
    .action((format?: keyof typeof schemas) => {
      process.stdout.write(format === undefined ? formatsText() : schemaText(schemas[format]))
    })
}

function schemaText(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)}\n`
}

function formatsText(): string {
  const longest = Math.max(...Object.keys(schemas).map(({ length }) => length))
  return Object.entries(schemas)
    .map(([name, { description }]) => `${name.padEnd(longest)}  ${description}\n`)
    .join('')
}
