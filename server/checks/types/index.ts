// The one file that names all check types.
import type { CheckSpec, CheckType as TypeName, SpecOf } from '../../labs/index.ts';
import type { Observation } from '../../ports/index.ts';
import type { CheckType } from '../checkType.ts';
import { answer } from './answer.ts';
import { command } from './command.ts';
import { connects } from './connects.ts';
import { http } from './http.ts';
import { resolves } from './resolves.ts';
import { resource } from './resource.ts';
import { traffic } from './traffic.ts';

const types = { resource, connects, resolves, http, command, answer, traffic };

/** The implementation of a spec's type, its own types folded away. */
export function checkTypeOf(spec: CheckSpec): CheckType<CheckSpec, Observation> {
  return types[spec.type] as unknown as CheckType<CheckSpec, Observation>;
}

// Every type of the schema is implemented for exactly its own spec.
types satisfies { [Type in TypeName]: { observe(spec: SpecOf<Type>, context: never): Promise<Observation> } };
