import shared from '@mlffd/jest-config';

export default {
  ...shared,
  testMatch: ['<rootDir>/**/*.test.ts'],
  testTimeout: 300_000,
  coverageThreshold: undefined,
};
