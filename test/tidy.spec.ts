import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { problems } from '@matricula/contracts';

const root = resolve(__dirname, '..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split('\n').filter((f) => f !== '' && existsSync(join(root, f)));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const sources = tracked.filter((f) => /^(libs|services)\/[^/]+\/src\/.*\.ts$/.test(f) && !f.endsWith('.spec.ts'));
const specs = tracked.filter((f) => f.endsWith('.spec.ts'));
const domain = sources.filter((f) => /^services\/[^/]+\/src\/domain\//.test(f));
const services = ['accounts', 'billing', 'enrollment', 'gateway', 'identity', 'notifications'];

/** file:line of every line of these files that matches. */
function lines(files: readonly string[], pattern: RegExp): readonly string[] {
  return files.flatMap((file) => read(file).split('\n').flatMap((line, at) => (pattern.test(line) ? [`${file}:${at + 1} ${line.trim().slice(0, 120)}`] : [])));
}

describe('the tree', () => {
  it('a file is a noun in kebab-case; a suffix only for its role', () => {
    const name = /^[a-z0-9]+(-[a-z0-9]+)*(\.(controller|store|view|job|adapter|module|routes|filter|guard|strategy|client|server|relay|sweep|preload|sdk))?(\.spec|\.int\.spec|\.e2e\.spec)?\.ts$/;
    expect(tracked.filter((f) => f.endsWith('.ts') && !name.test(basename(f)))).toEqual([]);
  });
  it('no file is called after nothing: Manager, Helper, Util, Common, Base, Impl, Dto', () => {
    const vague = /(^|-)(manager|helpers?|utils?|common|base|impl|dto)\./;
    expect(tracked.filter((f) => /\.(ts|mjs)$/.test(f) && vague.test(basename(f)))).toEqual([]);
    expect(lines(sources, /\b(class|interface|type) (I[A-Z][a-z]\w*|\w*(Manager|Helper|Utils?|Impl|Dto))\b/)).toEqual([]);
  });
  it('no file is longer than 400 lines', () => {
    const long = [...sources, ...tracked.filter((f) => /^(scripts|examples|bench)\/.*\.mjs$/.test(f))].map((f) => [f, read(f).split('\n').length] as const).filter(([, count]) => count > 401);
    expect(long).toEqual([]);
  });
  it('a service has a page about it, one line to start it, one file of wiring, and no index.ts', () => {
    const parts = services.flatMap((s) => [`services/${s}/README.md`, `services/${s}/src/main.ts`]);
    expect(parts.filter((f) => !tracked.includes(f))).toEqual([]);
    expect(tracked.filter((f) => /^services\/.*\/index\.ts$/.test(f))).toEqual([]);
  });
  it('decisions are numbered without gaps and linked from ARCHITECTURE.md', () => {
    const adrs = tracked.filter((f) => /^docs\/adr\/\d{4}-/.test(f)).map((f) => basename(f)).toSorted();
    expect(adrs.map((f) => Number(f.slice(0, 4)))).toEqual(adrs.map((_, at) => at + 1));
    expect(adrs.filter((f) => !read('ARCHITECTURE.md').includes(f))).toEqual([]);
  });
  it('nothing secret and nothing built is committed', () => {
    expect(tracked.filter((f) => /(^|\/)(\.data|dist|node_modules|coverage)\/|\.(pem|key)$|(^|\/)\.env$/.test(f))).toEqual([]);
  });
});

describe('the sources', () => {
  it('nothing is left for later', () => {
    const self = 'test/tidy.spec.ts';
    expect(lines(tracked.filter((f) => /\.(ts|mjs|cjs|yml|json)$/.test(f) && f !== self && !f.includes('fixtures/') && f !== 'package-lock.json'), /\b(TODO|FIXME|XXX|HACK)\b|not implemented|coming soon/)).toEqual([]);
  });
  it('every refusal is in the catalogue of problems', () => {
    const codes = sources.flatMap((f) => [...read(f).matchAll(/new Rejection\(\s*'([^']+)'/g)].map((m) => [f, m[1] ?? ''] as const));
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter(([, code]) => !(code in problems))).toEqual([]);
  });
  it('every problem of the catalogue can happen', () => {
    const texts = sources.filter((f) => !f.startsWith('libs/contracts/')).map(read).join('\n');
    const built = [...texts.matchAll(/Rejection\(`([a-z-]+\.[a-z-]*)\$\{/g)].map((m) => m[1] ?? '');
    expect(Object.keys(problems).filter((code) => !texts.includes(`'${code}'`) && !built.some((start) => code.startsWith(start)))).toEqual([]);
  });
  it('a domain is told the time, ids and chance; it never asks for them', () => {
    expect(lines(domain, /Date\.now|new Date\(\)|Math\.random|randomUUID|process\.|console\.|\basync\b|\bawait\b/)).toEqual([]);
  });
  it('every file of a domain that decides has a spec beside it', () => {
    const deciding = domain.filter((f) => /export function/.test(read(f)));
    expect(deciding.filter((f) => !tracked.includes(f.replace(/\.ts$/, '.spec.ts')) && !specs.some((s) => dirname(s) === dirname(f) && read(s).includes(`'./${basename(f, '.ts')}.js'`)))).toEqual([]);
  });
  it('no multi-document transaction anywhere: the design holds on any topology', () => {
    expect(lines(sources.filter((f) => !f.startsWith('libs/embedded-mongo/')), /startTransaction|commitTransaction|withTransaction|startSession/)).toEqual([]);
  });
  it('types are not talked away: no any, no ts-ignore, no non-null', () => {
    expect(lines(sources, /:\s*any\b|\bas any\b|<any>|@ts-(ignore|expect-error|nocheck)|(oxlint|eslint)-disable/)).toEqual([]);
  });
  it('personal data does not travel in events', () => {
    const contracts = sources.filter((f) => f.startsWith('libs/contracts/'));
    const events = contracts.flatMap((f) => [...read(f).matchAll(/= event\('([^']+)',[^\n]*/g)].map((m) => m[0]));
    expect(events.length).toBeGreaterThan(20);
    expect(events.filter((e) => /\b(email|phone|firstName|lastName|birthDate|address|password|token|secret)\s*:/i.test(e))).toEqual([]);
  });
});

describe('the tests', () => {
  it('none is skipped or focused, none sleeps', () => {
    const others = specs.filter((f) => f !== 'test/tidy.spec.ts');
    expect(lines(others, /\b(it|test|describe)\.(skip|only|todo)\b|\bx(it|describe)\(/)).toEqual([]);
    expect(lines(others, /await (sleep|delay)\(|setTimeout\((resolve|r|done)\b/)).toEqual([]);
  });
  it('chance starts from one seed', () => {
    const others = specs.filter((f) => f !== 'test/tidy.spec.ts');
    expect(lines(others, /Math\.random\(|Date\.now\(\) %|\b(FC|CRASH|SEATS)_SEED\b/)).toEqual([]);
    expect(others.filter((f) => read(f).includes("'fast-check'") && !read(f).includes('/chance'))).toEqual([]);
  });
  it('our own code is not mocked', () => {
    expect(lines(specs.filter((f) => f !== 'test/tidy.spec.ts'), /jest\.mock\(|jest\.spyOn\((?!Object\.getPrototypeOf\(file\))/)).toEqual([]);
  });
});
