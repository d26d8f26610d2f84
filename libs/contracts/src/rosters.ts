import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id, page, paging } from './fields.js';
import { command, event, query } from './kit.js';
import { maxDescribedLearners, Memo } from './memos.js';

export const RosterEntry = z
  .object({ enrolmentId: Id, accountId: Id, learnerId: Id, name: z.string(), memos: z.array(Memo.pick({ id: true, category: true, text: true })).meta({ description: 'The starred memos of the learner and of the account, the newest five' }) })
  .meta({ id: 'RosterEntry' });

export const AssignInstructors = command('enrollment.assignInstructors', {
  summary: 'Say who teaches a class; they see its roster',
  request: z.strictObject({ classId: Id, instructorIds: z.array(Id).max(10).meta({ description: 'Ids of users; replaces those of before' }) }),
  reply: z.object({ classId: Id, instructorIds: z.array(Id), version: z.int() }),
  access: { who: 'user', may: 'catalogue.write' },
  rejects: ['resource.not-found'],
});
export const GetRoster = query('enrollment.getRoster', {
  summary: 'Who is in a class, with the starred memos (ID-44); instructors see the classes they teach',
  request: z.strictObject({ classId: Id, ...paging, limit: z.coerce.number().int().min(1).max(maxDescribedLearners).default(maxDescribedLearners) }),
  reply: page(RosterEntry),
  access: { who: 'user', may: 'roster.read' },
  rejects: ['resource.not-found'],
});
export const InstructorsAssigned = event('enrollment.class.instructors_assigned.v1', { summary: 'Somebody else teaches a class', data: z.object({ classId: Id, instructorIds: z.array(Id), actor: EventActor }) });
