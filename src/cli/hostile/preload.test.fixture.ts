/** Loaded before the command line in a separate process. Writes the process's peak memory in MB to descriptor 3. */
import { writeSync } from 'node:fs'

process.on('exit', () => writeSync(3, `${Math.round(process.resourceUsage().maxRSS / 1024)}`))
