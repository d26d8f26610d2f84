import { Controller } from '@nestjs/common';
import { CreatePerson, ExportEmployees, ListEmployees, SearchPersons } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { EmployeeView } from './employee.view.js';
import { GuestOpening } from './guest-opening.js';
import { PersonListView } from './person-list.view.js';

@Controller()
export class PersonsController {
  constructor(
    private readonly guests: GuestOpening,
    private readonly people: PersonListView,
    private readonly employees: EmployeeView,
  ) {}

  @Handles(CreatePerson)
  createPerson(ctx: Ctx, body: RequestOf<typeof CreatePerson>): Promise<ReplyOf<typeof CreatePerson>> {
    return this.guests.open(ctx, body);
  }

  @Handles(SearchPersons)
  searchPersons(ctx: Ctx, body: RequestOf<typeof SearchPersons>): Promise<ReplyOf<typeof SearchPersons>> {
    return this.people.find(ctx, body);
  }

  @Handles(ListEmployees)
  listEmployees(ctx: Ctx, body: RequestOf<typeof ListEmployees>): Promise<ReplyOf<typeof ListEmployees>> {
    return this.employees.page(ctx, body);
  }

  @Handles(ExportEmployees)
  async exportEmployees(ctx: Ctx, body: RequestOf<typeof ExportEmployees>): Promise<ReplyOf<typeof ExportEmployees>> {
    return { csv: await this.employees.csv(ctx, body) };
  }
}
