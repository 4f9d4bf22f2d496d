import { InputError } from '../errors.js'
import type { Profile } from '../profile/profile.js'
import { isBuiltIn, isLoadable, modelRequest } from './model-request.js'
import type { Trust } from './worker-process.js'

/** A profile, and its name in errors. */
interface NamedProfile {
  readonly name: string
  readonly profile: Profile
}

/**
 * Whose code the worker process may trust when it loads the models of profiles: a data file alone must
 * never make anybody's code run.
 * @param allowCode whether the user allowed it on the command line
 * @throws InputError if a profile does not tell how to load its model, or names code that is not
 * allowed
 */
export function trustIn(profiles: readonly NamedProfile[], allowCode: true | undefined): Trust {
  for (const { name, profile } of profiles) {
    const place = { file: `the profile of ${name}`, path: 'recipe' }
    if (!isLoadable(profile)) {
      const expected = 'how to load its model, which eclip profile writes'
      throw new InputError({ ...place, expected, found: 'nothing' })
    }
    const { model } = modelRequest(profile)
    if (allowCode || isBuiltIn(model)) continue
    const expected = 'a model that torchvision or transformers builds, or --allow-code'
    throw new InputError({ ...place, expected, found: model })
  }
  return allowCode ? 'code' : 'libraries'
}
