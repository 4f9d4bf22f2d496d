import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { catalog } from '../device/catalog/index.js'
import { type Device, deviceSchema } from '../device/device.js'
import { describe, InputError } from '../errors.js'
import { type Profile, profileSchema } from '../profile/profile.js'
import { readFile } from './read.js'

/** The folder of data that ships with the package. */
export const DATA_FOLDER = fileURLToPath(new URL('../../data/', import.meta.url))

const PROFILE_FOLDER = join(DATA_FOLDER, 'profiles')

/**
 * A device by catalog name or by file.
 * @param asked name or path, as written in `file` at `path`
 * @throws InputError if it is neither
 */
export function loadDevice(asked: string, file: string, path: string): Device {
  const known = catalog.get(asked)
  if (known) return known
  if (existsSync(asked)) return readFile(asked, deviceSchema)
  const expected = `a device file or one of ${[...catalog.keys()].join(', ')}`
  throw new InputError({ file, path, expected, found: describe(asked) })
}

/** A shipped profile: model and batch of one device. */
export interface ShippedProfile {
  readonly model: string
  readonly batch: number
  readonly file: string
}

/** Profiles that ship for a device, by model, then batch. */
export function shippedProfiles(device: string): ShippedProfile[] {
  const folder = join(PROFILE_FOLDER, device)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((name) => {
      const match = /^(.+)-(\d+)\.json\.gz$/.exec(name)
      return match ? [{ model: match[1], batch: Number(match[2]), file: join(folder, name) }] : []
    })
    .sort((a, b) => (a.model < b.model ? -1 : a.model > b.model ? 1 : a.batch - b.batch))
}

const profiles = new Map<string, Profile>()

/**
 * A shipped profile, read once.
 * @param asked where the model and batch are asked for: file and path in the error
 * @throws InputError if none ships, naming those that do
 */
export function loadShippedProfile(
  device: string,
  model: string,
  batch: number,
  asked: { readonly file: string; readonly path: string },
): Profile {
  const shipped = shippedProfiles(device)
  const ofModel = shipped.filter((profile) => profile.model === model)
  if (ofModel.length === 0) {
    const models = [...new Set(shipped.map((profile) => profile.model))]
    const expected =
      models.length > 0 ? `one of ${models.join(', ')}` : `a profile file for ${device}`
    throw new InputError({
      ...asked,
      path: `${asked.path}.model`,
      expected,
      found: describe(model),
    })
  }
  const match = ofModel.find((profile) => profile.batch === batch)
  if (!match) {
    const expected = `batch ${ofModel.map((profile) => profile.batch).join(' or ')} of ${model}`
    throw new InputError({ ...asked, path: `${asked.path}.batch`, expected, found: `${batch}` })
  }
  return readProfile(match.file)
}

/** A profile file, read once per process. */
export function readProfile(file: string): Profile {
  const known = profiles.get(file)
  if (known) return known
  const profile = readFile(file, profileSchema)
  profiles.set(file, profile)
  return profile
}
