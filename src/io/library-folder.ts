import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../errors.js'

/** A device or profile by the name of its file. */
export interface NamedFile {
  readonly name: string
  readonly file: string
}

/** A profile as its path describes it. */
export interface ProfileFile {
  readonly device: string
  readonly model: string
  readonly batch: number
  readonly file: string
}

/**
 * The folder of the user's own devices and profiles: `ECLIP_LIBRARY`, or `eclip` in the current
 * folder. It need not exist. It has the same layout as the data that ships: `devices/DEVICE.json`
 * and `profiles/DEVICE/MODEL-BATCH.json.gz`.
 */
export function libraryFolder(): string {
  return process.env.ECLIP_LIBRARY || 'eclip'
}

/** Where the library stores a device with this name. */
export function ownDeviceFile(name: string): string {
  return join(libraryFolder(), 'devices', `${name}.json`)
}

/** Where the library stores a profile. */
export function ownProfileFile(of: Omit<ProfileFile, 'file'>): string {
  return join(libraryFolder(), 'profiles', of.device, profileFileName(of))
}

/** A profile's file name, in which characters that are not allowed become dashes. */
export function profileFileName({ model, batch }: { model: string; batch: number }): string {
  return `${fileNameOf(model)}-${batch}.json.gz`
}

/** A model's name as it appears in file names, and therefore in a mix such as `vit_b_16/8+bert/4`. */
export function fileNameOf(model: string): string {
  return String(model).replace(/[^\w.-]+/g, '-')
}

/** The user's own devices, by name. */
export function ownDeviceFiles(): NamedFile[] {
  const folder = join(libraryFolder(), 'devices')
  return entriesOf(folder).flatMap((entry) => {
    const match = /^(.+)\.json$/.exec(entry)
    return match ? [{ name: match[1], file: join(folder, entry) }] : []
  })
}

/** Profiles under a folder with the layout `DEVICE/MODEL-BATCH.json.gz`, or `.json`, by device, model and batch. */
export function profileFilesIn(folder: string): ProfileFile[] {
  return entriesOf(folder).flatMap((device) =>
    entriesOf(join(folder, device))
      .flatMap((entry) => {
        const match = /^(.+)-(\d+)\.json(?:\.gz)?$/.exec(entry)
        const file = join(folder, device, entry)
        return match ? [{ device, model: match[1], batch: Number(match[2]), file }] : []
      })
      .sort((a, b) => (a.model < b.model ? -1 : a.model > b.model ? 1 : a.batch - b.batch)),
  )
}

/** The user's own profiles. */
export function ownProfileFiles(): ProfileFile[] {
  return profileFilesIn(join(libraryFolder(), 'profiles'))
}

/** Names in a folder, in order; none if there is no such folder. */
function entriesOf(folder: string): string[] {
  if (!existsSync(folder)) return []
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? String(error)
    if (found === 'ENOTDIR') return []
    throw new InputError({ file: folder, expected: 'a folder that can be read', found })
  }
}
