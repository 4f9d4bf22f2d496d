import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js'
import { Refusal } from '../refusal.js'
import { errorOf } from './calls.js'

/**
 * Lets calls go whose one message does not arrive in time: whoever sends half of it must not hold
 * memory for ever. Streams may be silent for as long as they like.
 */
export function arrivalTimeout(timeoutMs: number): ServerInterceptor {
  return ({ requestStream }, call) => {
    if (requestStream) return new ServerInterceptingCall(call)
    let timer: NodeJS.Timeout
    return new ServerInterceptingCall(call, {
      start(next) {
        timer = setTimeout(() => refuse(call), timeoutMs)
        next({
          onReceiveMessage(message, nextMessage) {
            clearTimeout(timer)
            nextMessage(message)
          },
          onCancel: () => clearTimeout(timer),
        })
      },
    })
  }
}

const TOO_SLOW = new Refusal('request-timeout', 'the request took too long to arrive')

function refuse(call: ServerInterceptingCallInterface): void {
  const { code, details } = errorOf(TOO_SLOW)
  call.sendStatus({ code: code!, details: details! })
}
