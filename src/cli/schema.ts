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

/** `eclip schema`: prints the JSON Schema of a file format. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of a file format')
    .addArgument(new Argument('<format>').choices(Object.keys(schemas)))
    .action((format: keyof typeof schemas) => {
      const schema = z.toJSONSchema(schemas[format], { io: 'input' })
      process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`)
    })
}
