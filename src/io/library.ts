import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { catalog } from '../device/catalog/registry.js'
import { type Device, deviceSchema } from '../device/device.js'
import { describe, InputError } from '../errors.js'
import { distinctAscending } from '../numbers.js'
import { type Profile, profileSchema } from '../profile/profile.js'
import {
  fileNameOf,
  libraryFolder,
  ownDeviceFiles,
  ownProfileFile,
  ownProfileFiles,
  type ProfileFile,
  profileFilesIn,
} from './library-folder.js'
import { isFileThere, readFile } from './read.js'

/** The folder of data that ships with the package. */
export const DATA_FOLDER = fileURLToPath(new URL('../../data/', import.meta.url))
const PROFILE_FOLDER = join(DATA_FOLDER, 'profiles')

/** Where something is asked for: the file and the path in it, for errors. */
export interface Asked {
  readonly file: string
  readonly path: string
}

/**
 * A device by name or by file. The user's own devices take precedence over those that ship.
 * @param asked name or path, as written in `file` at `path`
 * @throws InputError if it is neither
 */
export function loadDevice(asked: string, file = 'device', path = ''): Device {
  const own = ownDeviceFiles()
  const mine = own.find(({ name }) => name === asked)
  if (mine) return readOwnDevice(mine.name, mine.file)
  const known = catalog.get(asked)
  if (known) return known
  if (isFileThere(asked)) return readFile(asked, deviceSchema)
  const names = new Set([...own.map(({ name }) => name), ...catalog.keys()])
  const expected = `a device file or one of ${[...names].join(', ')}`
  throw new InputError({ file, path, expected, found: describe(asked) })
}

/** Whether a device of this name is the user's own, or ships. */
export function isKnownDevice(name: string): boolean {
  return catalog.has(name) || ownDeviceFiles().some((own) => own.name === name)
}

/** The user's own devices. */
export function ownDevices(): Device[] {
  return ownDeviceFiles().map(({ name, file }) => readOwnDevice(name, file))
}

function readOwnDevice(name: string, file: string): Device {
  const device = readFile(file, deviceSchema)
  if (device.name === name) return device
  const expected = `${describe(name)}, as the file is called`
  throw new InputError({ file, path: 'name', expected, found: describe(device.name) })
}

/** Every profile: the user's own, then those that ship. */
export function profileFiles(): ProfileFile[] {
  return [...ownProfileFiles(), ...shippedProfileFiles()]
}

/** Every profile that ships. */
export function shippedProfileFiles(): ProfileFile[] {
  return profileFilesIn(PROFILE_FOLDER)
}

/** Profiles that ship for a device, by model, then batch. */
export function shippedProfiles(device: string): ProfileFile[] {
  return shippedProfileFiles().filter((profile) => profile.device === device)
}

/**
 * A profile of a model at a batch size on a device. The user's own profiles take precedence over
 * those that ship.
 * @param asked where model and batch are asked for: file and path in the error
 * @throws InputError if there is none, listing the existing ones, or if its file is of another
 * profile
 */
export function loadProfile(
  device: string,
  model: string,
  batch: number,
  asked: Asked = inLibrary(device),
): Profile {
  return readProfileOf(pick(profileFiles(), { device, model, batch }, asked))
}

/** Batch sizes for which a model has a profile on a device, the user's own or shipped, ascending. */
export function profiledBatches(device: string, model: string): number[] {
  const name = fileNameOf(model)
  const ofModel = profileFiles().filter(
    (profile) => profile.device === device && profile.model === name,
  )
  return distinctAscending(ofModel.map(({ batch }) => batch))
}

/** Like {@link loadProfile}, but only among the profiles that ship. */
export function loadShippedProfile(
  device: string,
  model: string,
  batch: number,
  asked: Asked = inLibrary(device),
): Profile {
  return readProfileOf(pick(shippedProfileFiles(), { device, model, batch }, asked))
}

function inLibrary(device: string): Asked {
  return { file: device, path: 'profiles' }
}

/** `1, 8 or 32`. */
const EITHER = new Intl.ListFormat('en-GB', { type: 'disjunction' })

/** The first file of that device, model and batch. */
function pick(
  all: readonly ProfileFile[],
  { device, model, batch }: Omit<ProfileFile, 'file'>,
  asked: Asked,
): ProfileFile {
  const name = fileNameOf(model)
  const here = all.filter((profile) => profile.device === device)
  const ofModel = here.filter((profile) => profile.model === name)
  const match = ofModel.find((profile) => profile.batch === batch)
  if (match) return match
  if (ofModel.length === 0) {
    const expected = expectedModel({ device, model, batch }, here)
    const found = `${describe(model)}${elsewhere(all, name)}`
    throw new InputError({ ...asked, path: `${asked.path}.model`, expected, found })
  }
  const batches = distinctAscending(ofModel.map((profile) => profile.batch))
  const expected = `batch ${EITHER.format(batches.map(String))} of ${model}, profiled on ${device}`
  throw new InputError({ ...asked, path: `${asked.path}.batch`, expected, found: `${batch}` })
}

function expectedModel(wanted: Omit<ProfileFile, 'file'>, here: readonly ProfileFile[]): string {
  const { device } = wanted
  const models = [...new Set(here.map((profile) => profile.model))]
  if (models.length > 0) return `one of ${models.join(', ')}, profiled on ${device}`
  const synthesized = catalog.has(device) ? synthesizing(wanted) : ''
  return `a model with a profile made on ${device} (none in ${libraryFolder()}, none ships: eclip profile makes one${synthesized})`
}

/** How to make a profile for a device of the catalog without having it. */
function synthesizing(wanted: Omit<ProfileFile, 'file'>): string {
  const { device, model, batch } = wanted
  return `, and where no such GPU is at hand: eclip profile synth --device ${device} --model ${fileNameOf(model)} --batch ${batch} -o ${ownProfileFile(wanted)}`
}

/** Where else to find a model without a profile for this device: it may have one for another device. */
function elsewhere(all: readonly ProfileFile[], model: string): string {
  const devices = [
    ...new Set(all.filter((other) => other.model === model).map(({ device }) => device)),
  ]
  return devices.length > 0 ? `, profiled on ${devices.join(' and ')} only` : ''
}

/** Profiles of the library by file, kept because they are large and read many times. */
const profiles = new Map<string, Profile>()

/** Reads a profile and checks that it is the one that its path names. */
function readProfileOf({ device, model, batch, file }: ProfileFile): Profile {
  const profile = profiles.get(file) ?? readProfile(file)
  profiles.set(file, profile)
  const promised = { device, model, batch }
  const holds = { device: profile.device, model: fileNameOf(profile.model), batch: profile.batch }
  for (const key of ['device', 'model', 'batch'] as const) {
    if (promised[key] === holds[key]) continue
    const expected = `${describe(promised[key])}, as its folder and name say`
    throw new InputError({ file, path: key, expected, found: describe(holds[key]) })
  }
  return profile
}

/** A profile file. @throws InputError if it is not a profile */
export function readProfile(file: string): Profile {
  return readFile(file, profileSchema)
}
