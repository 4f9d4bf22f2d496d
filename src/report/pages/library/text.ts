import type { Listing } from '../../../io/listing.js'
import { significant } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

/** The user's own devices and profiles, and those that ship, one row each. */
export function listingText({ folder, devices, profiles }: Listing, style: TableStyle): string {
  const deviceHead = ['device', 'whose', 'CUs', 'granules', 'measured', 'with']
  const deviceRows = devices.map(({ name, owner, cus, granules, isModelled, date, software }) => [
    name,
    owner,
    `${cus}`,
    `${granules}`,
    isModelled ? 'modelled' : dayOf(date),
    versionsOf(software),
  ])
  const profileHead = ['model/batch', 'device', 'whose', 'kernels', 'alone\nms', 'measured', 'with']
  const profileRows = profiles.map((profile) => [
    `${profile.model}/${profile.batch}`,
    profile.device,
    profile.owner,
    `${profile.kernels}`,
    significant(profile.latencyMs),
    profile.source === 'measured' ? dayOf(profile.date) : profile.source,
    versionsOf(profile.software),
  ])
  return [
    `your library: ${folder}`,
    '',
    textTable(deviceHead, deviceRows, style),
    textTable(profileHead, profileRows, style).trimEnd(),
  ].join('\n')
}

function dayOf(date: string | undefined): string {
  return date?.slice(0, 'YYYY-MM-DD'.length) ?? ''
}

/** Versions such as `torch 2.11.0+cu130, driver 580.159.04`, without the words around the numbers. */
function versionsOf(software: Readonly<Record<string, string>> = {}): string {
  return Object.entries(software)
    .map(([what, version]) => `${what} ${/\d\S*/.exec(version)?.[0] ?? version}`)
    .join(', ')
}
