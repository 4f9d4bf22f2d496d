/** Loaded before the command line in a process of its own: writes its largest memory in MB to descriptor 3. */
import { writeSync } from 'node:fs'

process.on('exit', () => writeSync(3, `${Math.round(process.resourceUsage().maxRSS / 1024)}`))
