import { Controller } from '@nestjs/common';
import { ConfigureForm, DefineField, GetField, GetForm, ListFields, ListFormVersions, UpdateField } from '@matricula/contracts';
import type { CustomField, Ctx, Form, ReplyOf, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles, type Stored } from '@matricula/platform';
import { newIdFor } from '../accounts/request-ids.js';
import { changeField, defineField, type FieldSet } from '../domain/custom-field.js';
import { configureForm, type FormState } from '../domain/form.js';
import { FieldSetStore } from './field-set.store.js';
import { FormStore } from './form.store.js';

@Controller()
export class FormsController {
  constructor(
    private readonly fields: FieldSetStore,
    private readonly forms: FormStore,
  ) {}

  @Handles(DefineField)
  async defineField(ctx: Ctx, { options = [], ...body }: RequestOf<typeof DefineField>): Promise<ReplyOf<typeof DefineField>> {
    const id = newIdFor(ctx, 'fld');
    return fieldReply(await this.fields.decide(ctx, (set) => defineField(set, { ...body, options, id, archived: false })), id);
  }

  @Handles(UpdateField)
  async updateField(ctx: Ctx, { fieldId, ...changes }: RequestOf<typeof UpdateField>): Promise<ReplyOf<typeof UpdateField>> {
    return fieldReply(await this.fields.decide(ctx, (set) => changeField(set, fieldId, changes)), fieldId);
  }

  @Handles(ListFields)
  async listFields(ctx: Ctx, { entity }: RequestOf<typeof ListFields>): Promise<ReplyOf<typeof ListFields>> {
    const set = await this.fields.own(ctx);
    return { items: set.state.fields.filter((f) => entity === undefined || f.entity === entity).map(({ id }) => fieldReply(set, id)) };
  }

  @Handles(GetField)
  async getField(ctx: Ctx, { fieldId }: RequestOf<typeof GetField>): Promise<ReplyOf<typeof GetField>> {
    return fieldReply(await this.fields.own(ctx), fieldId);
  }

  @Handles(ConfigureForm)
  async configureForm(ctx: Ctx, { entity, channel, mandatory }: RequestOf<typeof ConfigureForm>): Promise<ReplyOf<typeof ConfigureForm>> {
    const { state: fields } = await this.fields.own(ctx);
    const { state } = await this.forms.decide(ctx, entity, channel, (form) => configureForm(form, fields, { entity, channel, mandatory, changedAt: ctx.now }));
    return formReply(state);
  }

  @Handles(GetForm)
  async getForm(ctx: Ctx, { entity, channel }: RequestOf<typeof GetForm>): Promise<ReplyOf<typeof GetForm>> {
    return formReply(await this.forms.of(ctx, entity, channel));
  }

  @Handles(ListFormVersions)
  async listFormVersions(ctx: Ctx, body: RequestOf<typeof ListFormVersions>): Promise<ReplyOf<typeof ListFormVersions>> {
    const page = await this.forms.history(ctx, body);
    return { ...page, items: page.items.map(formReply) };
  }
}

function fieldReply({ state, version }: Stored<FieldSet>, fieldId: string): CustomField {
  const field = state.fields.find((f) => f.id === fieldId);
  if (!field) throw new Rejection('resource.not-found');
  return { ...field, options: [...field.options], version };
}

function formReply({ entity, channel, mandatory, changedAt, revision }: FormState): Form {
  return { entity, channel, mandatory: mandatory.map(({ field, roles }) => ({ field, roles: [...roles] }) as Form['mandatory'][number]), changedAt, version: revision };
}
