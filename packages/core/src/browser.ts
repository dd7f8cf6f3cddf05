// The entry for bundlers of web pages (export condition `browser`): no files, locks or threads.
export * from './portable.ts';
export { sha256 } from './sha256.ts';
