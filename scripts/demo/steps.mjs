// The main job, step by step: one family, from invitation to paid invoice. Each step asks the public API and checks the answer.
import { readFileSync } from 'node:fs';
import { expected, Unexpected, until } from '../lib/api.mjs';
import { at } from '../lib/places.mjs';

function check(condition, what) {
  if (!condition) throw new Unexpected(what);
}
const cad = (money) => `${(money.amount / 100).toFixed(2)} ${money.currency}`;

/** The mails to an address, newest first, with `words` in the subject. */
async function mails(world, words) {
  const { items } = expected(await world.api.get(`/dev/inbox?to=${encodeURIComponent(world.email)}&limit=100`), 200, 'reading the inbox');
  return items.filter((mail) => mail.subject.toLowerCase().includes(words));
}

async function mailWith(world, words) {
  return until(`a mail with "${words}"`, async () => (await mails(world, words))[0]);
}

async function signIn(world, login, password) {
  const answer = expected(await world.api.post(`/v1/providers/${world.provider}/sessions`, { login, password }), 201, 'signing in');
  return world.api.as(answer.accessToken);
}

async function allPages(api, path) {
  const items = [];
  for (let next = `${path}?limit=100`; next; ) {
    const page = expected(await api.get(next), 200, `listing ${path}`);
    items.push(...page.items);
    next = page.next;
  }
  return items;
}

const born = (yearsAgo) => `${new Date().getUTCFullYear() - yearsAgo}-01-15`;
const inWeeks = (weeks) => new Date(Date.now() + weeks * 7 * 24 * 3_600_000).toISOString().slice(0, 10);

/** A class that the demo makes for itself, so that it can be run again and again. */
async function makeClass(world, over) {
  return expected(await world.office.post('/v1/classes', {
    code: `demo-${world.run}-${over.weekdays?.[0] ?? 2}`, title: 'Swimming: Otters', category: 'Sports', locationId: '7', locationName: 'Harbour Community Centre',
    weekdays: [2], startsAt: '17:00', endsAt: '17:45', firstDate: inWeeks(3), lastDate: inWeeks(11), minAgeMonths: 48, maxAgeMonths: 180, fee: { amount: 10_000, currency: 'CAD' }, capacity: 8, ...over,
  }, `class-${world.run}-${over.weekdays?.[0] ?? 2}`), 201, 'making a class');
}

async function officeSignsIn(world) {
  world.office = await signIn(world, world.officeLogin.login, world.officeLogin.password);
  const provider = expected(await world.api.get(`/v1/public/providers/${world.provider}`), 200, 'reading the provider');
  check(provider.locations.length === 2, 'the provider has two locations');
  return { provider: provider.name, locations: provider.locations.map((l) => l.name) };
}

async function catalogueIsThere(world) {
  const classes = await allPages(world.office, '/v1/classes');
  check(classes.length >= 50, `the catalogue has the programmes of the file, got ${classes.length}`);
  return { classes: classes.length, for_example: `${classes[0].title}, ${classes[0].firstDate} to ${classes[0].lastDate}, ${cad(classes[0].fee)}` };
}

async function familiesAreImported(world) {
  const report = expected(await world.office.post('/v1/imports/families', { csv: readFileSync(at('examples', 'families.csv'), 'utf8') }, `families-${world.run}`), 200, 'importing the families');
  const bad = report.rows.filter((row) => row.action === 'error');
  check(report.totals.rows >= 60 && bad.length > 0 && report.totals.created + report.totals.unchanged === report.totals.rows - bad.length, 'good rows load, bad rows are reported');
  return { totals: report.totals, errors: bad.map((row) => `line ${row.line} ${row.key ?? ''}: ${row.errors.map((e) => `${e.column} ${e.code}`).join(', ')}`) };
}

async function externalSystemsListen(world) {
  const endpoint = expected(await world.office.post('/v1/webhook-endpoints', { url: world.receiver.url, eventTypes: ['*'] }, `endpoint-${world.run}`), 201, 'registering a webhook endpoint');
  world.receiver.trust(endpoint.secret);
  return { webhook: endpoint.url, consumer: 'durable JetStream consumer with credentials of its own' };
}

async function familyIsCreated(world) {
  const account = expected(await world.office.post('/v1/accounts', {
    kind: 'family', name: 'Okafor Family',
    people: [
      { role: 'primary_guardian', firstName: 'Ngozi', lastName: 'Okafor', email: world.email, phone: '+1 416 555 0134' },
      { role: 'learner', firstName: 'Ada', lastName: 'Okafor', birthDate: born(8) },
      { role: 'learner', firstName: 'Chidi', lastName: 'Okafor', birthDate: born(6) },
    ],
  }, `family-${world.run}`), 201, 'creating the family');
  world.account = account;
  world.guardian = account.people.find((p) => p.role === 'primary_guardian');
  [world.ada, world.chidi] = account.people.filter((p) => p.role === 'learner');
  return { account: account.code, people: account.people.map((p) => `${p.firstName} (${p.role})`) };
}

async function guardianIsInvited(world) {
  const invitation = expected(await world.office.post(`/v1/accounts/${world.account.id}/invitations`, { personId: world.guardian.id }, `invite-${world.run}`), 201, 'inviting the guardian');
  check(invitation.indicator === 'Invite Sent', 'the indicator says Invite Sent');
  const mail = await mailWith(world, 'invit');
  const link = new URL(mail.links.find((l) => l.includes('token=')) ?? '');
  world.token = link.searchParams.get('token');
  return { indicator: invitation.indicator, expiresAt: invitation.expiresAt, mail: mail.subject };
}

async function guardianAccepts(world) {
  world.password = `okafor-${world.run}`;
  const accept = { token: world.token, password: world.password, adult: true, acceptTerms: true, acceptPrivacy: true };
  expected(await world.api.post(`/v1/providers/${world.provider}/invitations/accept`, accept, `accept-${world.run}`), 200, 'accepting the invitation');
  world.family = await signIn(world, world.email.toUpperCase(), world.password);
  return { signedIn: world.email };
}

async function guardianSeesHerAccount(world) {
  const mine = await until('her account', async () => {
    const { body } = await world.family.get('/v1/me/account');
    return body?.billing && !body.billing.error && body.account && !body.account.error ? body : undefined;
  });
  check(mine.account.people.filter((p) => p.role === 'learner').length === 2, 'she sees two children');
  check(mine.billing.balances.outstanding.amount === 0, 'she owes nothing yet');
  const stranger = await world.family.get('/v1/accounts/acc_00000000000000000000000000000000');
  check(stranger.status === 404, 'another account does not exist for her');
  return { children: mine.account.people.filter((p) => p.role === 'learner').map((p) => p.firstName), balance: cad(mine.billing.balances.available), capabilities: mine.capabilities?.length };
}

async function childIsEnrolled(world) {
  world.otters = await makeClass(world, { title: 'Swimming: Otters' });
  const path = `/v1/accounts/${world.account.id}/enrolments`;
  const first = expected(await world.family.post(path, { learnerId: world.ada.id, classId: world.otters.id }, `enrol-${world.run}`), 201, 'enrolling Ada');
  world.enrolment = await until('the confirmation', async () => {
    const { body } = await world.family.get(`${path}/${first.id}`);
    check(body?.state !== 'declined', `the enrolment was declined: ${body?.declineReason}`);
    return body?.state === 'confirmed' ? body : undefined;
  });
  const billing = await owes(world, 10_000);
  return { class: world.enrolment.classTitle, state: world.enrolment.state, fee: cad(world.enrolment.fee), outstanding: cad(billing.balances.outstanding) };
}

async function owes(world, amount) {
  return until(`${amount} outstanding`, async () => {
    const { body } = await world.family.get(`/v1/billing/accounts/${world.account.id}`);
    return body?.balances?.outstanding.amount === amount ? body : undefined;
  });
}

async function lastSeatGoesToOne(world) {
  const rivals = expected(await world.office.post('/v1/accounts', {
    kind: 'family', name: 'Rivals Family',
    people: [
      { role: 'primary_guardian', firstName: 'Rae', lastName: 'Rivals' },
      { role: 'learner', firstName: 'One', lastName: 'Rivals', birthDate: born(8) },
      { role: 'learner', firstName: 'Two', lastName: 'Rivals', birthDate: born(9) },
    ],
  }, `rivals-${world.run}`), 201, 'creating the rivals');
  const single = await makeClass(world, { title: 'Swimming: Last Seat', capacity: 1, weekdays: [4] });
  const learners = rivals.people.filter((p) => p.role === 'learner');
  const path = `/v1/accounts/${rivals.id}/enrolments`;
  const answers = await Promise.all(learners.map((l, at) => world.office.post(path, { learnerId: l.id, classId: single.id }, `race-${world.run}-${at}`)));
  const statuses = answers.map((a) => a.status).toSorted((a, b) => a - b);
  check(statuses[0] === 201 && statuses[1] === 409, `one gets the seat, one is refused: ${JSON.stringify(answers.map((a) => [a.status, a.body?.code ?? a.body?.state]))}`);
  const after = expected(await world.office.get(`/v1/classes/${single.id}`), 200, 'reading the class');
  check(after.openPlaces === 0, 'no place is left');
  return { answers: answers.map((a) => `${a.status} ${a.body.code ?? a.body.state}`), openPlaces: after.openPlaces };
}

async function invoiceIsIssued(world) {
  world.invoice = await until('the invoice', async () => {
    const { body } = await world.family.get(`/v1/billing/accounts/${world.account.id}/invoices`);
    return body?.items?.find((i) => i.state === 'finalized');
  });
  const mail = await mailWith(world, world.invoice.number.toLowerCase());
  return { number: world.invoice.number, total: cad(world.invoice.total), due: world.invoice.dueDate, mail: mail.subject };
}

async function declinedCardChargesNothing(world) {
  const path = `/v1/billing/accounts/${world.account.id}`;
  const card = expected(await world.family.post(`${path}/payment-methods`, { token: 'tok_declined', makeDefault: false }, `card-declined-${world.run}`), 201, 'saving the card that declines');
  const answer = await world.family.post(`${path}/payments`, { methodId: card.id }, `pay-declined-${world.run}`);
  check(answer.status === 402 && answer.body.code === 'payment.declined', `a declined card is told as 402, got ${answer.status} ${JSON.stringify(answer.body)}`);
  const billing = await owes(world, 10_000);
  return { refused: answer.body.code, reason: answer.body.reason, outstanding: cad(billing.balances.outstanding) };
}

async function invoiceIsPaid(world) {
  const path = `/v1/billing/accounts/${world.account.id}`;
  const card = expected(await world.family.post(`${path}/payment-methods`, { token: 'tok_visa' }, `card-${world.run}`), 201, 'saving a card');
  const started = expected(await world.family.post(`${path}/payments`, { methodId: card.id }, `pay-${world.run}`), 201, 'paying');
  const payment = await until('the payment', async () => {
    const { body } = await world.family.get(`${path}/payments/${started.id}`);
    check(body?.state !== 'failed', 'the payment failed');
    return body?.state === 'succeeded' ? body : undefined;
  });
  const billing = await owes(world, 0);
  check(billing.balances.credit.amount === 0, 'nothing was paid twice');
  const invoice = expected(await world.family.get(`${path}/invoices/${world.invoice.id}`), 200, 'reading the invoice');
  check(invoice.state === 'paid', 'the invoice is paid');
  await mailWith(world, 'paid');
  return { card: `${card.brand} ending ${card.last4}`, payment: payment.state, balance: cad(billing.balances.available), invoice: invoice.state };
}

async function absenceBecomesMakeup(world) {
  const dolphins = await makeClass(world, { title: 'Swimming: Dolphins', weekdays: [5] });
  const path = `/v1/accounts/${world.account.id}`;
  const [date] = world.enrolment.dates;
  expected(await world.family.post(`${path}/enrolments/${world.enrolment.id}/absences`, { date, comment: 'School trip' }, `absence-${world.run}`), 201, 'reporting the absence');
  const token = await until('the makeup token', async () => {
    const { body } = await world.family.get(`${path}/makeup-tokens`);
    return body?.items?.find((t) => t.sourceDate === date && t.state === 'available');
  });
  const target = expected(await world.family.get(`/v1/classes/${dolphins.id}`), 200, 'reading the other class').schedule[0];
  const redeemed = expected(await world.family.post(`${path}/makeup-tokens/${token.id}/redemptions`, { classId: dolphins.id, date: target.date }, `redeem-${world.run}`), 201, 'redeeming the token');
  const again = await world.family.post(`${path}/makeup-tokens/${token.id}/redemptions`, { classId: dolphins.id, date: target.date }, `redeem-again-${world.run}`);
  check(again.status === 409, `the token is spent once, got ${again.status}`);
  return { missed: date, token: redeemed.state, makeup: `${dolphins.title} on ${redeemed.makeup?.date}`, secondUse: again.body.code };
}

const heardTypes = [
  'accounts.account.created.v1', 'identity.invitation.sent.v1', 'identity.invitation.accepted.v1', 'enrollment.enrollment.confirmed.v1', 'billing.charge.posted.v1',
  'billing.invoice.finalized.v1', 'billing.payment.succeeded.v1', 'billing.invoice.paid.v1', 'enrollment.makeup_token.issued.v1', 'enrollment.makeup_token.redeemed.v1',
];

async function othersHeardIt(world) {
  const mine = (events) => events.filter((e) => e.data?.accountId === world.account.id);
  const complete = (events) => heardTypes.every((type) => mine(events).some((e) => e.type === type));
  await until('the events at the consumer', () => complete(world.consumer.events()));
  await until('the events at the webhook endpoint', () => complete(world.receiver.events()), 90_000);
  const paid = mine(world.consumer.events()).filter((e) => e.type === 'billing.invoice.paid.v1');
  check(paid.length === 1, `the invoice was paid once, heard ${paid.length} times`);
  const receipts = await mails(world, 'paid');
  check(receipts.length === 1, `one receipt, got ${receipts.length}`);
  check(world.receiver.rejected() === 0, 'every webhook signature was right');
  return { consumer: mine(world.consumer.events()).map((e) => e.type).toSorted(), webhooks: mine(world.receiver.events()).length, receipts: receipts.length };
}

async function booksAreProven(world) {
  const proof = expected(await world.office.get(`/v1/billing/accounts/${world.account.id}/ledger/proof`), 200, 'asking for the proof');
  check(proof.proven && proof.balanced && proof.chainVerified && proof.balancesMatch, `the books prove: ${JSON.stringify(proof)}`);
  return { proven: proof.proven, entries: proof.entries, head: proof.headHash.slice(0, 16), derived: proof.derived };
}

/** Name → what is done; each returns what a person would want to see of it. */
export const steps = [
  ['The office signs in', officeSignsIn],
  ['The class catalogue is there', catalogueIsThere],
  ['60 untidy families are imported', familiesAreImported],
  ['External systems listen', externalSystemsListen],
  ['The office creates the Okafor family', familyIsCreated],
  ['The guardian is invited by mail', guardianIsInvited],
  ['She accepts, sets a password, signs in', guardianAccepts],
  ['She sees her account', guardianSeesHerAccount],
  ['She enrols Ada', childIsEnrolled],
  ['Two race for a last seat', lastSeatGoesToOne],
  ['The invoice is issued and mailed', invoiceIsIssued],
  ['A declined card charges nothing', declinedCardChargesNothing],
  ['She pays; the receipt is mailed once', invoiceIsPaid],
  ['An absence becomes a makeup', absenceBecomesMakeup],
  ['The books are proven', booksAreProven],
  ['External systems heard it all', othersHeardIt],
];
