import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Refusal } from './refusal.js'

/** A key that a header can carry and that cannot be guessed. */
const keySchema = z
  .string()
  .min(16)
  .max(1024)
  .regex(/^[\x21-\x7e]*$/, 'a key of visible ASCII characters without spaces')

export const apiKeysSchema = z
  .strictObject({
    format: z.literal('eclip.api-keys/1'),
    tenants: z
      .record(z.string().regex(/^[\w.-]{1,64}$/), keySchema)
      .refine((keys) => Object.keys(keys).length > 0, 'at least one tenant')
      .refine((keys) => new Set(Object.values(keys)).size === Object.keys(keys).length, {
        message: 'a key of its own for each tenant',
      })
      .describe('the secret of each tenant, which clients send as "Authorization: Bearer KEY"'),
  })
  .describe('Who may ask an inference server, and how they prove it')

export type ApiKeys = z.infer<typeof apiKeysSchema>

/** The tenant of everybody, if no keys are asked for. */
const DEFAULT_TENANT = 'default'

const BEARER = /^Bearer +(\S+) *$/i

/** Tells who asks by their key. */
export class Tenants {
  /** By digest of the key, so that the time of a lookup tells nobody how much of a key was right. */
  readonly #byDigest: ReadonlyMap<string, string> | undefined

  /** @param keys if left out, everybody may ask */
  constructor(keys?: ApiKeys) {
    this.#byDigest =
      keys && new Map(Object.entries(keys.tenants).map(([name, key]) => [digest(key), name]))
  }

  /**
   * @param authorization a header of the request
   * @throws Refusal `unauthorized`
   */
  tenantOf(authorization: string | undefined): string {
    if (this.#byDigest === undefined) return DEFAULT_TENANT
    const key = BEARER.exec(authorization ?? '')?.[1]
    const tenant = key && this.#byDigest.get(digest(key))
    if (tenant) return tenant
    throw new Refusal('unauthorized', 'expected an API key as "Authorization: Bearer KEY"')
  }
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64')
}
