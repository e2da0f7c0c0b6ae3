export * from './api.ts';
export * from './client.ts';
export type * from './mail.ts';
export type * from './oauth.ts';
export * from './problem.ts';
export type * from './schema.ts';
