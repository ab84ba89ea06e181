// What can go wrong with the API server itself; refusals to clients are StatusErrors.
import { PatchbayError } from '../../base/index.ts';

/** The server could not listen where it was told to. */
export class ApiListenError extends PatchbayError {
  constructor(where: string, cause: unknown) {
    super('api-listen', `The Kubernetes API cannot listen on ${where}.`, { cause, hint: 'Free the address or choose another one.' });
  }
}

/** A protobuf body that does not decode against the table of types. */
export class ProtobufError extends PatchbayError {
  constructor(message: string) {
    super('api-protobuf', message);
  }
}
