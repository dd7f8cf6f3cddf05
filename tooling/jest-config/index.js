import { fileURLToPath } from 'node:url';

const local = (file) => fileURLToPath(import.meta.resolve(file));

/** @type {import('jest').Config} */
export default {
  testEnvironment: local('./environment.cjs'),
  testEnvironmentOptions: { customExportConditions: ['@mlffd/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testTimeout: 60_000,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': local('./transform.cjs'),
    'openchemlib\\.js$': local('./fastGlobals.cjs'),
  },
  transformIgnorePatterns: ['/node_modules/(?!.*openchemlib)'],
  collectCoverageFrom: ['<rootDir>/src/**/*.ts'],
  coverageProvider: 'v8',
  coverageReporters: ['json-summary', 'text-summary'],
  coverageThreshold: { global: { lines: 85 } },
  restoreMocks: true,
};
