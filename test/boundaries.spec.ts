import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = resolve(__dirname, '..');
const planted = (file: string, ...imports: readonly string[]) => ({ file, text: `${imports.map((what) => `import '${what}';`).join('\n')}\nexport const planted = 1;\n` });

/** For each rule of .dependency-cruiser.cjs: a file that breaks it, planted in a tree of its own. */
const offences: Readonly<Record<string, readonly { readonly file: string; readonly text: string }[]>> = {
  'no-cycles': [planted('libs/platform/src/cycle-a.ts', './cycle-b.js'), planted('libs/platform/src/cycle-b.ts', './cycle-a.js')],
  'kernel-imports-nothing': [planted('libs/kernel/src/impure.ts', 'node:crypto')],
  'contracts-import-kernel-and-zod': [planted('libs/contracts/src/impure.ts', 'mongoose')],
  'libs-never-import-services': [planted('libs/platform/src/upwards.ts', '../../../services/billing/src/domain/pure.js')],
  'platform-knows-kernel-and-contracts': [planted('libs/platform/src/sideways.ts', '../../testing/src/index.js')],
  'only-tests-import-testing': [planted('services/billing/src/test-code.ts', '@matricula/testing')],
  'domain-imports-kernel-only': [planted('services/billing/src/domain/speaks.ts', '@matricula/contracts')],
  'domain-stays-pure-through-others': [planted('services/billing/src/domain/indirect.ts', '../outside.js'), planted('services/billing/src/outside.ts', 'node:crypto')],
  'service-never-imports-service': [planted('services/billing/src/neighbour.ts', '../../accounts/src/domain/pure.js')],
  'feature-never-imports-embedded-mongo': [planted('services/billing/src/store-choice.ts', '@matricula/embedded-mongo')],
  'embedded-mongo-imports-nothing-of-ours': [planted('libs/embedded-mongo/src/not-alone.ts', '@matricula/kernel')],
  'mongoose-in-platform-and-stores': [planted('services/billing/src/ledger/ledger.controller.ts', 'mongoose')],
  'gateway-has-no-database': [planted('services/gateway/src/remembers.ts', 'ioredis')],
};
const innocent = [
  planted('libs/kernel/src/index.ts'), planted('libs/contracts/src/index.ts', '@matricula/kernel', 'zod'), planted('libs/testing/src/index.ts'), planted('libs/embedded-mongo/src/index.ts'),
  planted('services/billing/src/domain/pure.ts', '@matricula/kernel'), planted('services/accounts/src/domain/pure.ts'), planted('services/billing/src/ledger/ledger.store.ts', 'mongoose'),
  planted('services/billing/test/ledger.int.spec.ts', '@matricula/testing'),
];

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

describe('boundaries', () => {
  const tree = mkdtempSync(join(tmpdir(), 'boundaries-'));
  let violations: readonly Violation[] = [];

  beforeAll(() => {
    for (const { file, text } of [...Object.values(offences).flat(), ...innocent]) {
      mkdirSync(join(tree, dirname(file)), { recursive: true });
      writeFileSync(join(tree, file), text);
    }
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.boundaries.json', 'tsconfig.base.json', 'package.json']) cpSync(join(root, file), join(tree, file));
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    const args = ['--config', '.dependency-cruiser.cjs', '-T', 'json', 'libs', 'services'];
    const report: unknown = JSON.parse(execFileSync(join(root, 'node_modules/.bin/depcruise'), args, { cwd: tree, encoding: 'utf8', maxBuffer: 64e6 }));
    violations = (report as { summary: { violations: readonly Violation[] } }).summary.violations;
  }, 60_000);
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it.each(Object.entries(offences))('%s fires on a planted offence', (rule, [offence]) => {
    expect(violations.filter((v) => v.from === offence?.file).map((v) => v.rule.name)).toContain(rule);
  });
  it('every rule of the configuration has its planted offence', () => {
    const { forbidden } = load(join(root, '.dependency-cruiser.cjs')) as { forbidden: readonly { name: string }[] };
    expect(Object.keys(offences).toSorted()).toEqual(forbidden.map((r) => r.name).toSorted());
  });
  it('what is allowed does not fire', () => {
    expect(violations.filter((v) => innocent.some((i) => i.file === v.from))).toEqual([]);
  });
});

function load(file: string): unknown {
  return require(file);
}
