import { Command } from 'commander'
import { listLibrary } from '../io/listing.js'
import { listingText } from '../report/pages/library/text.js'
import { type CommonOptions, print, tableStyle } from './command.js'

/** `eclip library`: lists the devices and profiles that can be used for planning. */
export function libraryCommand(): Command {
  return new Command('library')
    .description('list the devices and profiles there are: your own, and those that ship')
    .option('--json', 'print JSON')
    .action((options: CommonOptions) =>
      print(listLibrary(), options, (listing) => listingText(listing, tableStyle())),
    )
}
