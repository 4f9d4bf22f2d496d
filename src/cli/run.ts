import { type Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { InputError, WorkError } from '../errors.js'
import { ownManifest } from '../io/manifest.js'
import { printable, printableLayout } from '../printable.js'
import { commands } from './commands.js'
import { BAD_INPUT, FAILED } from './exit-codes.js'
import { addHelpEnd } from './help.js'
import { addLibraryOption } from './library-option.js'

/**
 * Runs a command line, printing to this process's stdout and stderr.
 * @param words the words after `eclip`
 * @returns the exit code
 */
export async function run(words: readonly string[]): Promise<number> {
  const root = rootCommand()
  process.exitCode = undefined
  try {
    const [name] = root.parseOptions([...words]).operands
    await addCommands(root, name)
    await root.parseAsync([...words], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return report(error, root.opts())
  }
}

/** The program with all of its commands. Nothing runs until it parses words. */
export async function program(): Promise<Command> {
  const root = rootCommand()
  await addCommands(root)
  return root
}

function rootCommand(): Command {
  const { version, description } = ownManifest()
  const root = new Command('eclip')
    .description(description)
    .version(version)
    .option('--debug', 'show stack traces')
  addLibraryOption(root)
  setUp(root)
  return root
}

/** Adds the command with a name or, if no command has that name, all commands. */
async function addCommands(root: Command, name = ''): Promise<void> {
  const makers = Object.hasOwn(commands, name) ? [commands[name]] : Object.values(commands)
  for (const make of makers) {
    const command = await make()
    root.addCommand(command)
    setUp(command)
  }
}

/**
 * By default, commander ends the process with code 1 on bad usage and prints what it was given
 * unescaped. Both are replaced here. Every help text mentions `--library`.
 */
function setUp(command: Command): void {
  command.exitOverride().configureHelp({ showGlobalOptions: true })
  command.addHelpText('before', refuseUnknown)
  addHelpEnd(command)
  command.configureOutput({
    outputError: (text, write) => {
      const line = text.trim().replace(/^error: /, 'eclip: ')
      write(`${printable(line.replaceAll('\n', ' '))}\n`)
    },
  })
  for (const one of [...command.options, ...command.registeredArguments]) {
    refuseValues(command, one)
  }
  command.commands.forEach(setUp)
}

/** Refuses a value that an option or an argument cannot have, in the form of every other refusal. */
function refuseValues(command: Command, target: Option | Argument): void {
  const { parseArg, argChoices } = target
  if (parseArg === undefined) return
  const name = target instanceof Option ? target.long : target.name()
  target.argParser<unknown>((text, earlier) => {
    try {
      return parseArg(text, earlier)
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error
      const reason = argChoices
        ? `expected one of ${argChoices.join(', ')}, found "${text}"`
        : error.message.replace(/\.$/, '')
      return command.error(`eclip: ${name}: ${reason}`)
    }
  })
}

/** With `--help`, commander would ignore an unknown command and show the general help. */
function refuseUnknown({ command }: { readonly command: Command }): string {
  const [name, ...rest] = command.args.filter((word) => !word.startsWith('-'))
  const asked = name === 'help' ? rest[0] : name
  // Commander has no public way to ask for a default command, which takes any word that is not the
  // name of another one.
  const { _defaultCommandName: otherwise } = command as { readonly _defaultCommandName?: string }
  const isUnknown = command.commands.length > 0 && asked !== undefined && !otherwise
  return isUnknown ? command.error(`eclip: unknown command '${asked}'`) : ''
}

/** The exit code of a failed run. Prints in one line what went wrong, or with `--debug` where. */
function report(error: unknown, { debug }: { readonly debug?: true }): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT
  const text = debug && error instanceof Error ? printableLayout(`${error.stack}`) : oneLine(error)
  process.stderr.write(`eclip: ${text}\n`)
  return error instanceof InputError ? BAD_INPUT : FAILED
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const isExpected = error instanceof InputError || error instanceof WorkError
  const remark = isExpected ? '' : 'unexpected (a defect of eclip; --debug says where): '
  return remark + printable(message.split('\n')[0])
}
