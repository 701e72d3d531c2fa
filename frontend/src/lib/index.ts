export * from './utils/polling.ts';
