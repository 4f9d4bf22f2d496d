import type { DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import type { Context } from '../context.js'
import type { GRPCInferenceService } from './inference_pb.js'

type Methods = typeof GRPCInferenceService.method

/** Every call with one request and one response, except inference, which has a path of its own. */
export type HandledMethod = {
  [Name in keyof Methods]: Methods[Name] extends DescMethodUnary ? Name : never
}[Exclude<keyof Methods, 'modelInfer'>]

/** Answers each call. A Refusal that a handler throws becomes the status of the call. */
export type Handlers = {
  readonly [Name in HandledMethod]: (
    context: Context,
    request: MessageShape<Methods[Name]['input']>,
  ) => Answer<Methods[Name]> | Promise<Answer<Methods[Name]>>
}

type Answer<Method extends Methods[keyof Methods]> = MessageInitShape<Method['output']>
