// Puts a refusal to join beside the field it is about.
import type { ApiError } from '../../lib/api.ts';

export interface FieldProblem {
  message: string;
  hint?: string;
}

/** `form` is what belongs to no field. */
export interface JoinProblems {
  code?: FieldProblem;
  name?: FieldProblem;
  form?: FieldProblem;
}

/** The place for a refusal: by its code, else by the fields it names, else the form. */
export const placeProblem = (error: Pick<ApiError, 'code' | 'message' | 'hint' | 'issues'>): JoinProblems => {
  const whole: FieldProblem = { message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  if (error.code === 'join-code-wrong') return { code: whole };
  if (error.code === 'name-taken') return { name: whole };
  const issue = (path: string): FieldProblem | undefined => {
    const found = error.issues.find((each) => each.path === path);
    return found === undefined ? undefined : { message: found.message };
  };
  const [code, name] = [issue('code'), issue('name')];
  if (code === undefined && name === undefined) return { form: whole };
  return { ...(code === undefined ? {} : { code }), ...(name === undefined ? {} : { name }) };
};
