import { isProblem, type SessionView } from '@madoguchi/api-client';
import { api } from '../../app/api.ts';

/** Whether this browser can use passkeys here: it has to know of them, and to have come by a name, not by a number. */
export const canPasskey = (): boolean =>
  isSecureContext &&
  typeof PublicKeyCredential === 'function' &&
  'parseRequestOptionsFromJSON' in PublicKeyCredential &&
  !/^(\d+\.){3}\d+$|^\[/.test(location.hostname);

/** Somebody closed what their device asked, or it took too long: nothing went wrong. */
export const wasLeft = (problem: unknown): boolean =>
  problem instanceof DOMException && (problem.name === 'NotAllowedError' || problem.name === 'AbortError');

/** The device has a passkey of this account already. */
export const hasOne = (problem: unknown): boolean => problem instanceof DOMException && problem.name === 'InvalidStateError';

/** What went wrong at the device, which tells it only to the browser. */
export const ofDevice = (problem: unknown): boolean => problem instanceof DOMException && !isProblem(problem);

/** Shows a passkey, and is in. */
export async function signInByPasskey(): Promise<SessionView> {
  const { ceremony, options } = await api.session.askForPasskey();
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const shown = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  return api.session.signInByPasskey(ceremony, shown.toJSON());
}

/** Has the device make a passkey, and keeps it under this name. */
export async function addPasskey(name: string): Promise<void> {
  const { ceremony, options } = await api.session.beginPasskey();
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  await api.session.addPasskey({ ceremony, credential: made.toJSON(), name });
}
