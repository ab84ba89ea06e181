// Makes meta/v1 Status bodies from StatusError; the only place that does.
import { messageOf } from '../../base/index.ts';
import { StatusError, type Status } from '../types/index.ts';

/** The body of a refusal, as upstream writes it; `code` in it is the HTTP status. */
export function failureStatus(error: StatusError): Status {
  return {
    kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure',
    message: error.message, reason: error.reason, ...(error.details && { details: error.details }), code: error.status,
  };
}

/** The body of a deletion that left nothing behind, and of a created binding or eviction. */
export function successStatus(code: number, details?: Status['details']): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', ...(details && { details }), ...(code !== 200 && { code }) };
}

/** The last word of an exec or attach on channel 3: Success, or the exit code as upstream encodes it. */
export function exitStatus(exitCode: number): Status {
  if (exitCode === 0) return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  return {
    kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** The StatusError of anything thrown: itself, or InternalError with the thrown sentence and no stack. */
export function toStatusError(thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown;
  if (thrown instanceof RangeError && /call stack/.test(thrown.message)) return new StatusError('BadRequest', 'the object provided is nested too deeply');
  const message = messageOf(thrown);
  return new StatusError('InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** What upstream answers for a verb that a resource does not have. */
export function methodNotAllowed(): StatusError {
  return new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}
