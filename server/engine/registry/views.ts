// Serves views: requests about them become requests about the kind below, answers are shown in the view's shape.
import { deepFreeze } from '../storage/freeze.ts';
import type { KubeObject } from '../types/index.ts';
import { apiVersionOf, decode, decodeBody, settleNamespace } from './bodies.ts';
import { resourceKey } from './context.ts';
import { badRequest, invalid } from './errors.ts';
import { copyJson, isObject } from './json.ts';
import type { Json } from './json.ts';
import { views, type View } from './kinds/views.ts';
import { patched } from './patching.ts';
import type { Patch, Registry, Target, WriteOptions, Written } from './registry.ts';

const byKey = new Map(views.map((view) => [resourceKey(view.info), view]));
/** What views show of stored objects, which never change. */
const shown = new WeakMap<KubeObject, KubeObject>();

function show(view: View, object: KubeObject): KubeObject {
  let known = shown.get(object);
  if (!known) shown.set(object, known = deepFreeze(view.show(object)));
  return known;
}

function below(view: View, target: Target): Target {
  const { group, version, resource } = view.base;
  return { ...target, resource: { group, version, resource } };
}

function belowFields<Q extends { fieldSelector?: string }>(view: View, query: Q | undefined): Q | undefined {
  if (!query?.fieldSelector) return query;
  const fieldSelector = query.fieldSelector.split(',').map((part) => {
    const [, name = '', rest = ''] = /^([^=!]+)(.*)$/.exec(part) ?? [];
    return (view.fields[name] ?? name) + rest;
  }).join(',');
  return { ...query, fieldSelector };
}

/** The registry with the views besides the kinds. */
export function withViews(registry: Registry): Registry {
  const answer = (view: View, { object, created }: Written, warnings: string[]): Written => ({ object: show(view, object), warnings, created });

  function body(view: View, given: unknown, options: WriteOptions | undefined, creating: boolean): { object: KubeObject; warnings: string[] } {
    const { object, warnings } = decodeBody(given, view.info, options);
    const problems = creating ? view.validate?.(object) ?? [] : [];
    if (problems.length > 0) throw invalid(view.info, object.metadata.name ?? '', problems);
    return { object: view.read(object), warnings };
  }

  function patch(view: View, target: Target, change: Patch, options: (WriteOptions & { force?: boolean }) | undefined): Written {
    if (change.type === 'apply') {
      const { object, warnings } = body(view, change.body, options, false);
      return answer(view, registry.patch(below(view, target), { type: 'apply', body: object as unknown as Json }, options), warnings);
    }
    const after = patched(copyJson(show(view, registry.get(below(view, target)))) as unknown as Json, change, view.info);
    const { object, problems } = decode(after, view.info);
    const all = [...options?.decodeProblems ?? [], ...problems];
    if (all.length > 0 && options?.fieldValidation === 'Strict') throw badRequest(`strict decoding error: ${all.join(', ')}`);
    if (object.kind !== view.info.kind || object.apiVersion !== apiVersionOf(view.info)) throw badRequest('the kind or apiVersion of an object may not be changed by a patch');
    if (!isObject(object.metadata)) object.metadata = {};
    const next = object as unknown as KubeObject;
    settleNamespace(next, view.info.namespaced, target.namespace);
    return answer(view, registry.update(below(view, target), view.read(next), options), options?.fieldValidation === 'Ignore' ? [] : all);
  }

  const viewed = (target: Target): View | undefined => byKey.get(resourceKey(target.resource));
  return {
    access: registry.access,
    resources: [...registry.resources, ...views.map(({ info }) => info)],
    get(target) {
      const view = viewed(target);
      return view ? show(view, registry.get(below(view, target))) : registry.get(target);
    },
    list(target, query) {
      const view = viewed(target);
      if (!view) return registry.list(target, query);
      const page = registry.list(below(view, target), belowFields(view, query));
      return { ...page, items: page.items.map((item) => show(view, item)) };
    },
    create(target, given, options) {
      const view = viewed(target);
      if (!view) return registry.create(target, given, options);
      const { object, warnings } = body(view, given, options, true);
      return answer(view, registry.create(below(view, target), object, options), warnings);
    },
    update(target, given, options) {
      const view = viewed(target);
      if (!view) return registry.update(target, given, options);
      const { object, warnings } = body(view, given, options, false);
      return answer(view, registry.update(below(view, target), object, options), warnings);
    },
    patch(target, change, options) {
      const view = viewed(target);
      return view ? patch(view, target, change, options) : registry.patch(target, change, options);
    },
    delete(target, options) {
      const view = viewed(target);
      if (!view) return registry.delete(target, options);
      const { outcome, object } = registry.delete(below(view, target), options);
      return { outcome, object: show(view, object) };
    },
    deleteCollection(target, query, options) {
      const view = viewed(target);
      return view ? registry.deleteCollection(below(view, target), belowFields(view, query), options).map((item) => show(view, item)) : registry.deleteCollection(target, query, options);
    },
    watch(target, query, listener) {
      const view = viewed(target);
      if (!view) return registry.watch(target, query, listener);
      return registry.watch(below(view, target), belowFields(view, query)!, ({ type, object }) => {
        const bare = type === 'BOOKMARK';
        listener({ type, object: bare ? { ...object, apiVersion: apiVersionOf(view.info), kind: view.info.kind } : show(view, object) });
      });
    },
  } satisfies Registry;
}
