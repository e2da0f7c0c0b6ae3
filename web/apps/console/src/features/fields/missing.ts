import { isProblem } from '@madoguchi/api-client';

const PLACE = 'fields.';

/** The keys of the fields that a refused change lacks; none where it was refused for anything else. */
export function missingIn(problem: unknown): string[] {
  if (!isProblem(problem) || problem.errors.length === 0) return [];
  const lacking = problem.errors.filter((e) => e.code === 'required' && e.field.startsWith(PLACE));
  return lacking.length === problem.errors.length ? lacking.map((e) => e.field.slice(PLACE.length)) : [];
}

/** What is wrong with the desk's own fields, each by its name; `null` where something else is. */
export function wrongOf(problem: unknown, name: (key: string) => string): string | null {
  if (!isProblem(problem)) return null;
  const wrong = problem.errors.filter((e) => e.field.startsWith(PLACE));
  if (wrong.length === 0 || wrong.length < problem.errors.length) return null;
  return wrong.map((e) => `${name(e.field.slice(PLACE.length))}: ${e.detail}`).join(' ');
}
