// JSON schemas of types, from the table: field types, merge keys and list keys as kubectl's apply, explain and validation read them.
import { typeByName, type FieldInfo, type TypeInfo } from '../../types/schema/index.ts';

/** A schema object of OpenAPI 3.0. */
export type Schema = Record<string, unknown>;

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Types that are no message in JSON, under the names by which kubectl knows them. */
const special: Record<string, { name: string; schema: Schema }> = {
  quantity: { name: 'io.k8s.apimachinery.pkg.api.resource.Quantity', schema: { oneOf: [{ type: 'string' }, { type: 'number' }] } },
  intOrString: { name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString', schema: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] } },
  time: { name: `${meta}.Time`, schema: { type: 'string', format: 'date-time' } },
  microTime: { name: `${meta}.MicroTime`, schema: { type: 'string', format: 'date-time' } },
  duration: { name: `${meta}.Duration`, schema: { type: 'string' } },
  fieldsV1: { name: `${meta}.FieldsV1`, schema: { type: 'object' } },
  rawExtension: { name: 'io.k8s.apimachinery.pkg.runtime.RawExtension', schema: { type: 'object' } },
};

const scalars: Record<string, Schema> = {
  string: { type: 'string' }, bool: { type: 'boolean' }, int32: { type: 'integer', format: 'int32' }, int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' }, bytes: { type: 'string', format: 'byte' }, stringItems: { type: 'array', items: { type: 'string' } }, any: {},
};

/** Collects the schemas of types and of everything that they refer to. */
export class SchemaCollector {
  readonly schemas: Record<string, Schema> = {};

  /** A reference to a type of the table; undefined when the table does not hold it. */
  tryReference(name: string): Schema | undefined {
    const type = typeByName(name);
    return type && this.add(type);
  }

  /** Adds a type and returns a reference to it. `kinds` are the group-version-kinds that it is the body of. */
  add(type: TypeInfo, kinds: { group: string; version: string; kind: string }[] = []): Schema {
    const reference = { $ref: `#/components/schemas/${type.openApiName}` };
    let schema = this.schemas[type.openApiName];
    if (!schema) {
      const properties: Record<string, Schema> = {};
      schema = this.schemas[type.openApiName] = { type: 'object', properties };
      const required: string[] = [];
      for (const [name, field] of type.fields) {
        properties[name] = this.#property(field);
        if (field.required) required.push(name);
      }
      if (required.length > 0) schema['required'] = required;
      if (type.atomic) schema['x-kubernetes-map-type'] = 'atomic';
    }
    if (kinds.length > 0) schema['x-kubernetes-group-version-kind'] = kinds;
    return reference;
  }

  #property(field: FieldInfo): Schema {
    const one = this.#value(field);
    const schema: Schema = field.repeated ? { type: 'array', items: one } : field.map ? { type: 'object', additionalProperties: one } : { ...one };
    if (field.defaultValue !== undefined) schema['default'] = field.defaultValue;
    if (field.patchStrategy) schema['x-kubernetes-patch-strategy'] = field.patchStrategy.join(',');
    if (field.patchMergeKey) schema['x-kubernetes-patch-merge-key'] = field.patchMergeKey;
    if (field.listType) schema['x-kubernetes-list-type'] = field.listType;
    if (field.listMapKeys) schema['x-kubernetes-list-map-keys'] = field.listMapKeys;
    if (field.atomic) schema['x-kubernetes-map-type'] = 'atomic';
    return schema;
  }

  #value(field: FieldInfo): Schema {
    if (field.type === 'message') {
      const reference = this.tryReference(field.message!);
      return reference ? { allOf: [reference], default: {} } : { type: 'object' };
    }
    const known = special[field.type];
    if (!known) return { ...scalars[field.type] };
    this.schemas[known.name] ??= known.schema;
    return { allOf: [{ $ref: `#/components/schemas/${known.name}` }] };
  }
}
