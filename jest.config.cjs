// Jest 30 + SWC. TypeScript and the ESM-only packages in node_modules are compiled to CommonJS, so that no
// --experimental-vm-modules is needed (Jest's own require(esm) wants that flag and Node >= 24.9).
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const installed = Object.keys(JSON.parse(readFileSync(join(__dirname, 'node_modules/.package-lock.json'), 'utf8')).packages);
const isEsm = (p) => {
  try { return JSON.parse(readFileSync(join(__dirname, p, 'package.json'), 'utf8')).type === 'module'; } catch { return false; }
};
const esmPackages = [...new Set(installed.filter((p) => p.startsWith('node_modules/') && isEsm(p)).map((p) => p.slice(p.lastIndexOf('node_modules/') + 13)))];
const escape = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const swc = {
  sourceMaps: 'inline', module: { type: 'commonjs' },
  jsc: {
    target: 'es2022', keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
};
const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['/dist/'],
  transform: { '^.+\\.[cm]?[jt]s$': ['@swc/jest', swc] },
  transformIgnorePatterns: [`/node_modules/(?!(?:.*/node_modules/)?(?:${esmPackages.map(escape).join('|')})/)`],
  moduleNameMapper: { '^@matricula/testing/(given|chance)$': '<rootDir>/libs/testing/src/$1.ts', '^@matricula/(kernel|contracts|platform|testing|embedded-mongo)$': '<rootDir>/libs/$1/src/index.ts', '^(\\.{1,2}/.*)\\.js$': '$1' },
};
const roots = ['<rootDir>/libs', '<rootDir>/services', '<rootDir>/test'];
const slow = '\\.(int|e2e)\\.spec\\.ts$';
const pure = ['<rootDir>/libs/kernel/**/*.spec.ts', '<rootDir>/libs/contracts/**/*.spec.ts', '<rootDir>/services/*/src/domain/**/*.spec.ts'];
/**
 * unit: the pure core (kernel, contracts, domains). parts: single files of the shells and of the embedded store, in this
 * process. repo: the repository itself. int: real NATS, Redis and store. e2e: the whole platform as processes.
 */
module.exports = {
  // a test waits for facts; how long they take on a loaded machine is no business of the test's
  testTimeout: 120_000,
  projects: [
    { ...shared, displayName: 'unit', roots, testMatch: pure },
    { ...shared, displayName: 'parts', roots: ['<rootDir>/libs', '<rootDir>/services'], testMatch: ['**/*.spec.ts'], testPathIgnorePatterns: [slow, '/dist/', '<rootDir>/libs/kernel/', '<rootDir>/libs/contracts/', '/src/domain/'] },
    { ...shared, displayName: 'repo', roots: ['<rootDir>/test'], testMatch: ['**/*.spec.ts'], testPathIgnorePatterns: [slow] },
    { ...shared, displayName: 'int', roots, testMatch: ['**/*.int.spec.ts'], testPathIgnorePatterns: ['/dist/'] },
    { ...shared, displayName: 'e2e', roots: ['<rootDir>/test'], testMatch: ['**/*.e2e.spec.ts'] },
  ],
};
