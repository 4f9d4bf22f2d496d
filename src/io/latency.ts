import { join, parse } from 'node:path'
import { describe, InputError } from '../errors.js'
import type { PartitionableGpu } from '../mig/gpu.js'
import { latencyModelFromCsv } from '../mig/latency-csv.js'
import { latencyFileSchema, modelFromLatencyFile } from '../mig/latency-file.js'
import type { LatencyModel } from '../mig/latency-model.js'
import { latencyModelFromProfiles } from '../mig/latency-profiles.js'
import { DATA_FOLDER, readProfile, shippedProfiles } from './library.js'
import { fileNameOf, ownProfileFiles } from './library-folder.js'
import { readFile, readText } from './read.js'

/** Latencies of whole requests of seven models on one H200. */
const MEASURED = join(DATA_FOLDER, 'h200-model-latency.json')

export const DEFAULT_MODEL = 'resnet152'

/** Which latencies are asked for. */
export interface LatencyChoice {
  /** If absent, a CSV file is of the model that it is named after, and anything else of {@link DEFAULT_MODEL}. */
  readonly model?: string
  /** Kernel profiles of the model, one per batch, separated by commas. */
  readonly profile?: string
  /** A CSV or `eclip.latency` file. */
  readonly table?: string
}

/** The latencies of a model on partitions of a GPU. */
export interface LoadedLatency {
  readonly latency: LatencyModel
  /** What readers must know about them; absent if there is nothing. */
  readonly caution?: string
}

/**
 * The latencies that the user names, otherwise those of the user's own profiles of the model,
 * otherwise those that ship.
 * @throws InputError if what is named does not have the model, or is wrong
 */
export function loadLatency(
  { profile, table, model: named }: LatencyChoice,
  gpu: PartitionableGpu,
): LoadedLatency {
  const model = named ?? (table !== undefined && isCsv(table) ? parse(table).name : DEFAULT_MODEL)
  const files = profile?.split(',') ?? (table === undefined ? ownProfilesOf(model) : [])
  if (files.length > 0) return { latency: latencyOfProfiles(files, files.join()) }
  if (table !== undefined) return { latency: latencyOfTable(table, model, gpu) }
  const latency = shippedLatency(model)
  if (gpu.name === 'h200') return { latency }
  const caution = `latencies were measured on an H200: on ${gpu.name} only the number of units is followed; give --table for its own`
  return { latency, caution }
}

/** @throws InputError if the user has profiles of the model from several devices */
function ownProfilesOf(model: string): string[] {
  const own = ownProfileFiles().filter((profile) => profile.model === fileNameOf(model))
  const devices = [...new Set(own.map(({ device }) => device))]
  if (devices.length <= 1) return own.map(({ file }) => file)
  const expected = `profiles of one device with --profile (there are some of ${devices.join(', ')})`
  throw new InputError({ file: '--model', expected, found: describe(model) })
}

function latencyOfProfiles(files: readonly string[], source: string): LatencyModel {
  return latencyModelFromProfiles(files.map(readProfile), source)
}

function isCsv(table: string): boolean {
  return !/\.json(\.gz)?$/.test(table)
}

function latencyOfTable(file: string, model: string, gpu: PartitionableGpu): LatencyModel {
  if (isCsv(file)) return latencyModelFromCsv(readText(file), model, gpu, file)
  return modelFromLatencyFile(readFile(file, latencyFileSchema), model, file, '--model')
}

/** For some models whole requests were measured; for the others there are kernel profiles from the same GPU. */
function shippedLatency(model: string): LatencyModel {
  const table = readFile(MEASURED, latencyFileSchema)
  if (Object.hasOwn(table.latencyMs, model)) return modelFromLatencyFile(table, model, MEASURED)
  const all = shippedProfiles(table.device)
  const files = all.filter((one) => one.model === fileNameOf(model)).map(({ file }) => file)
  if (files.length > 0) return latencyOfProfiles(files, model)
  const known = new Set([...Object.keys(table.latencyMs), ...all.map((one) => one.model)])
  const expected = `one of ${[...known].sort().join(', ')}`
  throw new InputError({ file: '--model', expected, found: describe(model) })
}
