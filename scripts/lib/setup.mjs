// What start and test do first: packages, then the build.
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { Stop } from './say.mjs';

export function setUp(say) {
  ensureDependencies(say);
  if (ensureBuild(say) === 'failed') throw new Stop('The build failed; the compiler said why above.');
}
