import { Client, operations, setupOperations } from '@madoguchi/api-client';
import { language } from '@madoguchi/i18n';
import { attended } from './attended.ts';
import { waitForSignIn } from './reauth.ts';

/** The desk that this page belongs to, from its address; null on pages before any desk. */
export const slug: string | null = /^\/t\/([^/]+)/.exec(location.pathname)?.[1] ?? null;
export const home = slug ? `/t/${slug}` : '';

const hooks = { locale: language, signInAgain: waitForSignIn, attended };
/** A file's address as the interface gives it, relative to the desk, made whole. */
export const fileUrl = (url: string): string => (/^(https?:|\/)/.test(url) ? url : `${home}/${url}`);

export const api = operations(new Client(`${home}/api/v1`, hooks));
export const setupApi = setupOperations(new Client('/api/v1', hooks));
export const liveUrl = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${home}/api/v1/live`;
