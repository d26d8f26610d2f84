import { describe, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { managerScopeAggregate, setScopes, type ManagerScopeFact, type Scope } from './manager-scope.js';

const south: Scope = { level: 'group', groupId: 'grp_south' };
const okafor: Scope = { level: 'account', accountId: 'acc_1' };
const set = (...scopes: readonly Scope[]): ManagerScopeFact => ({ type: 'ManagerScopeSet', scopes });

describe('what a manager manages', () => {
  it('ID-34 is replaced as a whole, the same twice is one', () => {
    given(managerScopeAggregate).when((s) => setScopes(s, [south, okafor, south])).then(set(south, okafor));
    given(managerScopeAggregate, set(south)).when((s) => setScopes(s, [])).then(set());
    given(managerScopeAggregate).when((s) => setScopes(s, [])).then(set());
  });
  it('is not said again when it is so already', () => {
    given(managerScopeAggregate, set(south, okafor)).when((s) => setScopes(s, [okafor, south])).thenNothing();
  });
});
