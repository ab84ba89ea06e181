// What a kind adds to the common course of a write: defaults, checks, and its parts that clients may not set.
import type { Clock } from '../../../base/index.ts';
import type { DeleteOptions, KubeObject } from '../../types/index.ts';
import type { FieldError } from '../fieldErrors.ts';
import type { NameRule } from '../names.ts';
import type { FieldReader } from '../selectors/fields.ts';
import type { SubresourceInfo } from '../registry.ts';

/** What rules may look at besides the object. */
export interface RulesContext { clock: Clock; dryRun: boolean }

/**
 * Rules of one kind. Objects handed to `defaults` and `prepare…` are copies and may be changed; `live` never.
 * Order on create: defaults, prepareCreate, validate, allocate; on update: defaults, prepareUpdate, validate, validateUpdate, allocate.
 */
export interface KindRules<T extends KubeObject = KubeObject> {
  nameRule: NameRule;
  /** metadata.generation counts changes outside of metadata and status. */
  hasGeneration?: boolean;
  /** A status that only the status subresource writes; removed on create unless prepareCreate sets it. */
  hasStatus?: boolean;
  /** A status given on create is kept. */
  statusOnCreate?: boolean;
  /** A PUT needs metadata.resourceVersion. */
  versionedUpdates?: boolean;
  /** Fields for selectors besides metadata.name and metadata.namespace. */
  fields?: Readonly<Record<string, FieldReader>>;
  defaults?(object: T): void;
  prepareCreate?(object: T, context: RulesContext): void;
  prepareUpdate?(next: T, live: T): void;
  validate?(object: T): FieldError[];
  validateUpdate?(next: T, live: T): FieldError[];
  /** Fills what must be unique in the cluster; the last step before the write. */
  allocate?(next: T, live: T | undefined): FieldError[];
  /** Before a status write: what of `next` is kept from `live` besides spec. */
  prepareStatus?(next: T, live: T): void;
  /** Seconds until a deleted object goes; 0 or undefined: at once. */
  graceSeconds?(live: T, options: DeleteOptions): number;
}

/** A served kind: its place in discovery and its rules. */
export interface Kind<T extends KubeObject = KubeObject> {
  group: string;
  version: string;
  kind: string;
  resource: string;
  singular: string;
  namespaced: boolean;
  shortNames?: readonly string[];
  categories?: readonly string[];
  verbs?: readonly string[];
  subresources?: readonly SubresourceInfo[];
  rules: KindRules<T>;
}
