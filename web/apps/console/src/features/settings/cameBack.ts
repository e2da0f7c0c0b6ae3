import type { ConsentInput } from '@madoguchi/api-client';

/** What the provider put behind the `?`. The router may have set words that look like numbers in quotation marks. */
export function cameBack(search: string): ConsentInput | null {
  const query = new URLSearchParams(search);
  const of = (name: string) => query.get(name)?.replace(/^"(.*)"$/, '$1') || undefined;
  const state = of('state');
  if (!state) return null;
  return { state, code: of('code'), iss: of('iss'), error: of('error'), error_description: of('error_description') };
}
