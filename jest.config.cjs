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
  moduleNameMapper: { '^@matricula/(kernel|contracts|platform|testing|embedded-mongo)$': '<rootDir>/libs/$1/src/index.ts', '^(\\.{1,2}/.*)\\.js$': '$1' },
};
const roots = ['<rootDir>/libs', '<rootDir>/services', '<rootDir>/test'];
/** unit: pure, no process but this one. int: real NATS, Redis and store. e2e: the whole platform as processes. */
module.exports = {
  projects: [
    { ...shared, displayName: 'unit', roots, testMatch: ['**/*.spec.ts'], testPathIgnorePatterns: ['\\.(int|e2e)\\.spec\\.ts$', '/dist/', '<rootDir>/test/'] },
    { ...shared, displayName: 'int', roots, testMatch: ['**/*.int.spec.ts'], testPathIgnorePatterns: ['/dist/'] },
    { ...shared, displayName: 'repo', roots: ['<rootDir>/test'], testMatch: ['**/*.spec.ts'], testPathIgnorePatterns: ['\\.(int|e2e)\\.spec\\.ts$'] },
    { ...shared, displayName: 'e2e', roots: ['<rootDir>/test'], testMatch: ['**/*.e2e.spec.ts'] },
  ],
};
