// Field selectors: `a=b,c!=d` over the few fields that a kind registers.
import { badRequest } from '../errors.ts';
import type { KubeObject } from '../../types/index.ts';

/** Reads one selectable field of an object as text; absent is ''. */
export type FieldReader = (object: KubeObject) => string;

/** True when the object fits. */
export type ObjectPredicate = (object: KubeObject) => boolean;

/**
 * Parses a field selector over the registered fields; throws BadRequest for others and for bad syntax.
 * `subject` starts the sentence, e.g. `"/v1, Resource=pods"`.
 */
export function parseFieldSelector(text: string, fields: Readonly<Record<string, FieldReader>>, subject: string): ObjectPredicate {
  const terms = text.split(',').map((term) => term.trim()).filter((term) => term !== '');
  const predicates = terms.map((term): ObjectPredicate => {
    const match = /^([^=!]+?)(==|!=|=)(.*)$/.exec(term);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field, operator, value] = match as unknown as [string, string, string, string];
    const read = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (!read) throw badRequest(`Unable to find ${subject} that match label selector "", field selector ${JSON.stringify(text)}: field label not supported: ${field}`);
    const wanted = value.replaceAll(/\\([,=\\])/g, '$1');
    return operator === '!=' ? (object) => read(object) !== wanted : (object) => read(object) === wanted;
  });
  return (object) => predicates.every((fits) => fits(object));
}

/** The value of `metadata.name=x` in a selector that names one object, to look it up instead of scanning. */
export function tryNameOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : /(?:^|,)metadata\.name==?([^,!=]+)(?:,|$)/.exec(text)?.[1];
}
