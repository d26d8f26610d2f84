import { Injectable } from '@nestjs/common';
import { isStaff, type Ctx } from '@matricula/contracts';
import type { FieldSet } from '../domain/custom-field.js';
import type { Channel, FormState } from '../domain/form.js';
import type { GroupTree } from '../domain/group-tree.js';
import { GroupTreeStore } from '../groups/group-tree.store.js';
import { FieldSetStore } from './field-set.store.js';
import { FormStore } from './form.store.js';

/** What a provider says of its records at this moment. */
export interface RecordRulesNow {
  readonly tree: GroupTree;
  readonly fields: FieldSet;
  /** The forms of the channel that is used. */
  readonly person: FormState;
  readonly account: FormState;
}

/** Through which form somebody writes: said by the client, else staff have theirs and everybody else the web's. */
export const channelOf = ({ channel, actor }: Ctx): Channel => channel ?? (isStaff(actor) ? 'staff' : 'web');

/** Groups, custom fields and forms: what every record is written by and shown with. */
@Injectable()
export class RecordRules {
  constructor(
    private readonly groups: GroupTreeStore,
    private readonly fields: FieldSetStore,
    private readonly forms: FormStore,
  ) {}

  async now(ctx: Ctx): Promise<RecordRulesNow> {
    const channel = channelOf(ctx);
    const [tree, fields, person, account] = await Promise.all([this.groups.tree(ctx), this.fields.own(ctx), this.forms.of(ctx, 'person', channel), this.forms.of(ctx, 'account', channel)]);
    return { tree, fields: fields.state, person, account };
  }
}
