import type { DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import type { Context } from '../context.js'
import type { GRPCInferenceService } from './inference_pb.js'

type Methods = typeof GRPCInferenceService.method

/** Every call of one request and one response, except inference, which is served on its own. */
export type HandledMethod = {
  [Name in keyof Methods]: Methods[Name] extends DescMethodUnary ? Name : never
}[Exclude<keyof Methods, 'modelInfer'>]

/** What answers each call; a Refusal it throws becomes the call's status. */
export type Handlers = {
  readonly [Name in HandledMethod]: (
    context: Context,
    request: MessageShape<Methods[Name]['input']>,
  ) => Answer<Methods[Name]> | Promise<Answer<Methods[Name]>>
}

type Answer<Method extends Methods[keyof Methods]> = MessageInitShape<Method['output']>
