import { type Device, fingerprint, totalCus } from '../../../device/device.js'
import { groupedBy } from '../../../maps.js'
import type { Profile } from '../../../profile/profile.js'
import type { Scenario } from '../../../workload/scenario.js'
import { counted, listed } from '../../kit/format.js'
import { html } from '../../kit/html.js'
import type { Section } from '../../kit/page.js'
import { type TableData, table } from '../../kit/table-html.js'

/** The section that says where a report's numbers come from: settings, profiles, device. */
export function sources(
  { device, workers }: Scenario,
  settings: Readonly<Record<string, string>>,
): Section {
  const profiles = [...new Set(workers.map(({ profile }) => profile))]
  return {
    id: 'sources',
    title: 'Where the numbers come from',
    short: 'Sources',
    intro: `Durations are looked up in kernel profiles. The ${device.name} has ${totalCus(device)} compute units in ${counted(device.granules.length, 'granule')} and is described by the numbers below.`,
    body: html`${table(runTable(profiles, settings))}<h3 style="margin-top:32px">The device</h3>${table(deviceTable(device))}`,
  }
}

function runTable(
  profiles: readonly Profile[],
  settings: Readonly<Record<string, string>>,
): TableData {
  const byOrigin = groupedBy(profiles, (profile) => `${profile.source}: ${originOf(profile)}`)
  const rows = [
    ...Object.entries(settings),
    ...[...byOrigin.values()].map((alike) => [
      `${alike[0].source} profiles`,
      `${listed(alike.map(nameOf))}. ${originOf(alike[0])}`,
    ]),
  ]
  return {
    caption: 'Settings and profiles',
    columns: [{ title: 'What' }, { title: 'Source', kind: 'wrapped' }],
    rows: rows.map((cells) => ({ cells })),
  }
}

function nameOf({ model, batch, kernels }: Profile): string {
  return `${model}/${batch} (${counted(kernels.length, 'kernel')})`
}

function originOf({ software = {}, description = '' }: Profile): string {
  const versions = Object.entries(software).map(([name, version]) => `${name} ${version}`)
  const suffix = versions.length > 0 ? ` With ${listed(versions)}.` : ''
  return `${description}${suffix}`
}

function deviceTable(device: Device): TableData {
  return {
    caption: `The numbers of ${device.name}, and where each comes from`,
    columns: [
      { title: 'What', kind: 'wrapped' },
      { title: 'Value', kind: 'wrapped' },
      { title: 'Source', kind: 'wrapped' },
    ],
    rows: Object.entries(device.provenance).map(([paths, source]) => ({
      cells: [paths, valuesText(device, paths), source],
    })),
  }
}

/** The value at a path, or those at several with commas between them. */
function valuesText(device: Device, paths: string): string {
  const texts = paths
    .split(', ')
    .map((path) => (path === 'granules' ? layout(device) : valueText(valueAt(device, path))))
  return texts.filter((text) => text !== '').join(', ')
}

/** `15x8+12`: granules as the fingerprint counts them. */
function layout(device: Device): string {
  return fingerprint(device).split(':').at(-1)?.replaceAll('x', ' × ').replaceAll('+', ' + ') ?? ''
}

function valueAt(device: Device, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), device)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function valueText(value: unknown): string {
  if (!isRecord(value)) return value === undefined ? '' : `${value}`
  return Object.entries(value)
    .filter(([, inner]) => !isRecord(inner))
    .map(([key, inner]) => `${key} ${inner}`)
    .join(', ')
}
