// The table of kinds: for each type its fields as JSON, protobuf, strategic merge and server-side apply need them.
import { loadTable } from './table.ts';

export { openApiNameOf } from './openApiName.ts';

/** What a field's value (or element, or map value) is. `message` names another type of the table. */
export type ScalarType =
  | 'string' | 'bool' | 'int32' | 'int64' | 'double' | 'bytes' | 'quantity' | 'intOrString' | 'time' | 'microTime' | 'duration'
  | 'fieldsV1' | 'rawExtension'
  /** protobuf message with `repeated string items = 1`; in JSON a list of strings. */
  | 'stringItems'
  /** Free JSON without schema. */
  | 'any';

/** One field. `number` is the protobuf field number, undefined where protobuf has none. */
export interface FieldInfo {
  /** JSON name; '' for a field that JSON inlines into its parent (a message of its own in protobuf). */
  name: string;
  number: number | undefined;
  /** Scalar, or 'message' with `message` set. */
  type: ScalarType | 'message';
  /** Key of the type in the table, e.g. `core.v1.Container`. */
  message?: string;
  repeated: boolean;
  /** A map from string to `type`. */
  map: boolean;
  /** A pointer in Go: a zero value on the wire was set on purpose. False: a zero value in protobuf means unset. */
  pointer: boolean;
  required: boolean;
  /** JSON leaves zero values out (`omitempty`). */
  omitEmpty: boolean;
  /** Strategic merge patch. */
  patchMergeKey?: string;
  patchStrategy?: readonly string[];
  /** Server-side apply. Lists without one are atomic; `map` needs `listMapKeys`. */
  listType?: 'atomic' | 'set' | 'map';
  listMapKeys?: readonly string[];
  /** Map or struct that server-side apply treats as one value. */
  atomic?: boolean;
  /** Upstream's declared default of a merge key, e.g. protocol TCP. */
  defaultValue?: unknown;
}

/** One type. */
export interface TypeInfo {
  /** Key in the table: `core.v1.Pod`, `meta.v1.ObjectMeta`. */
  name: string;
  /** As published in OpenAPI: `io.k8s.api.core.v1.Pod`. */
  openApiName: string;
  /** Fields as JSON sees them, inlined ones included. */
  fields: ReadonlyMap<string, FieldInfo>;
  /** Fields as protobuf sees them, by number; inlined messages appear with name ''. */
  wire: ReadonlyMap<number, FieldInfo>;
  /** Server-side apply treats a value of this type as one. */
  atomic: boolean;
}

/** The type of a kind; undefined when the table does not hold it. */
export function typeOf(kind: { group: string; version: string; kind: string }): TypeInfo | undefined {
  return loadTable().kind(kind.group, kind.version, kind.kind);
}

/** A type by its key in the table; undefined when absent. */
export function typeByName(name: string): TypeInfo | undefined {
  return loadTable().type(name);
}

/** The type behind a `message` field; undefined for scalars. Throws nothing. */
export function typeOfField(field: FieldInfo): TypeInfo | undefined {
  return field.message === undefined ? undefined : loadTable().type(field.message);
}
