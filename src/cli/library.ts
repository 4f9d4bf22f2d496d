import { Command } from 'commander'
import { type Listing, listLibrary } from '../io/listing.js'
import { significant } from '../report/kit/format.js'
import { textTable } from '../report/kit/text-table.js'
import { type CommonOptions, print, tableStyle } from './command.js'

/** `eclip library`: lists the devices and profiles that can be used for planning. */
export function libraryCommand(): Command {
  return new Command('library')
    .description('list the devices and profiles there are: your own, and those that ship')
    .option('--json', 'print JSON')
    .action((options: CommonOptions) => print(listLibrary(), options, renderListing))
}

function renderListing({ folder, devices, profiles }: Listing): string {
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
    textTable(deviceHead, deviceRows, tableStyle()),
    textTable(profileHead, profileRows, tableStyle()).trimEnd(),
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
