// Who may import whom: the table of ARCHITECTURE.md as rules. Each rule is shown to fire by test/boundaries.spec.ts.
const services = '^services/([^/]+)/';
const lib = (name) => `^libs/${name}/(src|dist)/`;
const spec = '\\.spec\\.ts$|/test/';
const npm = (names) => `(^|/)node_modules/(${names.join('|')})/`;
const any = '(^|/)node_modules/';
const ours = '(^|/)node_modules/@matricula/|^libs/|^services/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', comment: 'Nothing imports itself over a detour.', from: {}, to: { circular: true } },
    { name: 'kernel-imports-nothing', severity: 'error', comment: 'The kernel is pure: no package, no node:*.', from: { path: lib('kernel'), pathNot: spec }, to: { pathNot: lib('kernel') } },
    { name: 'contracts-import-kernel-and-zod', severity: 'error', comment: 'Contracts know the kernel and zod.', from: { path: lib('contracts'), pathNot: spec }, to: { pathNot: [lib('contracts'), lib('kernel'), npm(['zod'])] } },
    { name: 'libs-never-import-services', severity: 'error', comment: 'Libraries do not know who uses them.', from: { path: '^libs/' }, to: { path: '^services/' } },
    { name: 'platform-knows-kernel-and-contracts', severity: 'error', comment: 'Of ours, platform imports kernel and contracts.', from: { path: lib('platform'), pathNot: spec }, to: { path: ours, pathNot: [lib('platform'), lib('kernel'), lib('contracts')] } },
    { name: 'only-tests-import-testing', severity: 'error', comment: 'libs/testing is for specs.', from: { pathNot: [spec, lib('testing')] }, to: { path: lib('testing') } },
    { name: 'domain-imports-kernel-only', severity: 'error', comment: 'A domain is pure: kernel and its own files, nothing else.', from: { path: '^services/[^/]+/src/domain/', pathNot: spec }, to: { pathNot: ['^services/[^/]+/src/domain/', lib('kernel')] } },
    { name: 'domain-stays-pure-through-others', severity: 'error', comment: 'Not even through another file.', from: { path: '^services/[^/]+/src/domain/', pathNot: spec }, to: { path: [any, '^(node:)?(crypto|fs|fs/promises|net|http|https|os|path|process|timers/promises|child_process|worker_threads)$'], reachable: true } },
    { name: 'service-never-imports-service', severity: 'error', comment: 'Services meet in contracts.', from: { path: services }, to: { path: '^services/', pathNot: '^services/$1/' } },
    { name: 'feature-never-imports-embedded-mongo', severity: 'error', comment: 'Nobody knows which store they talk to.', from: { path: '^(services|libs)/', pathNot: [lib('embedded-mongo'), '^libs/embedded-mongo/'] }, to: { path: '^libs/embedded-mongo/' } },
    { name: 'embedded-mongo-imports-nothing-of-ours', severity: 'error', comment: 'The store stands alone.', from: { path: lib('embedded-mongo'), pathNot: spec }, to: { path: ours, pathNot: '^libs/embedded-mongo/' } },
    { name: 'mongoose-in-platform-and-stores', severity: 'error', comment: 'mongoose is for libs/platform and *.store.ts.', from: { path: '^(services|libs)/', pathNot: [lib('platform'), '\\.store\\.ts$', spec, '^libs/embedded-mongo/'] }, to: { path: npm(['mongoose', 'mongodb']) } },
    { name: 'gateway-has-no-database', severity: 'error', comment: 'The gateway remembers nothing.', from: { path: '^services/gateway/' }, to: { path: npm(['mongoose', 'mongodb', 'ioredis', 'bullmq']) } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.boundaries.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'], extensions: ['.ts', '.js'] },
  },
};
