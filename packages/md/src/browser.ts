// The entry for bundlers of web pages (export condition `browser`): no files, and no runs that write any.
export * from './portable.ts';
