// Who may say and hear what on NATS. Deny by default: a user has exactly the subjects computed here.
//
//   service        answers   calls                                          tells              told
//   s              rpc.s.>   rpc.<callee>.>, the answer in _INBOX_s.>       evt.*.s.>, dlq.s.> its own durables on EVENTS
//   gateway        rpc.gateway.> the same                                   nothing            evt.> as it is told, and by number
//
// NATS wildcards stand for whole tokens, so "every durable that begins with billing__" cannot be written. The names a
// service may use are therefore listed: one for all events and one per event, taken from the contracts. A new event
// needs no change here.
//
// An outside company makes no durables: JetStream publishes in its own name to whatever a durable says. Hers are made
// for her with the operator's hand (external-consumers.mjs), pulled and never pushed.
//
// What NATS does not check: the place for an answer that a JetStream request names. Who may ask about a durable or pull
// from it can have JetStream's answer, or a stored event, sent to any subject that somebody hears, evt.> included. The
// outside company does not choose the words, so no valid request or event comes of it: what arrives is parsed against the
// contracts and refused. But it can make noise and fill the stream. To take this away too, give each outside company a
// NATS account of its own.

/** The one table: whom a service calls, whether it speaks and listens on the event stream (`events`), or only looks on (`watches`). */
export const SERVICE_RULES = {
  identity: { calls: ['accounts'], events: true },
  accounts: { calls: ['identity'], events: true },
  billing: { calls: ['accounts'], events: true },
  enrollment: { calls: ['accounts', 'billing'], events: true },
  notifications: { calls: ['identity', 'accounts', 'billing', 'enrollment'], events: true },
  gateway: { calls: ['identity', 'accounts', 'billing', 'enrollment', 'notifications'], events: false, watches: true },
};

/** A company's own system outside: reads events through the durables that are made for it, says nothing. */
export const EXTERNAL_CONSUMER = 'consumer-demo';
/** One per program of that system: npm run demo, and examples/consumer. */
export const EXTERNAL_DURABLES = ['events', 'audit'].map((purpose) => `${EXTERNAL_CONSUMER}__${purpose}`);
/** The person who runs the platform: dead letters, streams. */
export const OPERATOR = 'operator';

export const USERS = [...Object.keys(SERVICE_RULES), EXTERNAL_CONSUMER, OPERATOR];

const STREAM = 'EVENTS';
const DEAD_LETTERS = 'EVENTS_DLQ';

/** The durable of one listener for one filter, e.g. billing and evt.*.accounts.account.created → billing__evt___accounts_account_created. */
export const durableName = (user, filter) => `${user}__${filter.replace(/[^A-Za-z0-9_-]/g, '_')}`;

/** What a service may listen to, as the platform does it: everything, or one event of the contracts. */
export const listenableFilters = (eventFilters) => ['evt.>', ...eventFilters];

/** What the JetStream client sends to bind, pull from and acknowledge one durable that is there. */
const pullSubjects = (name) => [
  `$JS.API.CONSUMER.INFO.${STREAM}.${name}`,
  `$JS.API.CONSUMER.MSG.NEXT.${STREAM}.${name}`,
  `$JS.ACK.${STREAM}.${name}.>`,
  `$JS.ACK.*.*.${STREAM}.${name}.>`, // later servers put domain and account before the stream
];

/** The same, and to create it. */
const durableSubjects = (name) => [
  `$JS.API.CONSUMER.CREATE.${STREAM}.${name}`, // nats-server 2.9 and later, without a filter
  `$JS.API.CONSUMER.CREATE.${STREAM}.${name}.>`, // the same, the filter is part of the subject
  `$JS.API.CONSUMER.DURABLE.CREATE.${STREAM}.${name}`, // several filters, and clients before 2.9
  ...pullSubjects(name),
];

const streamSubjects = (verbs) => [STREAM, DEAD_LETTERS].flatMap((stream) => verbs.map((verb) => `$JS.API.STREAM.${verb}.${stream}`));

const inbox = (user) => `_INBOX_${user}.>`;
const callersOf = (service) => Object.keys(SERVICE_RULES).filter((name) => SERVICE_RULES[name].calls.includes(service));

function permissionsOfService(service, filters) {
  const { calls, events, watches = false } = SERVICE_RULES[service];
  // Answers go to the callers' inboxes by name and not by NATS's allow_responses: that would let a caller name any
  // subject as the place for the answer (a stream's purge, say) and so borrow the answering service's hand.
  const publish = [...calls.map((callee) => `rpc.${callee}.>`), ...callersOf(service).map(inbox)];
  const subscribe = [`rpc.${service}.>`, inbox(service)];
  // who shows people what happens hears events and reads stored ones by their number: no durable, nothing to change
  if (watches) return { publish: [...publish, `$JS.API.STREAM.INFO.${STREAM}`, `$JS.API.STREAM.MSG.GET.${STREAM}`], subscribe: [...subscribe, 'evt.>'] };
  if (!events) return { publish, subscribe };
  return {
    publish: [
      ...publish, `evt.*.${service}.>`, `dlq.${service}.>`,
      '$JS.API.INFO', ...streamSubjects(['INFO', 'CREATE', 'UPDATE']),
      ...filters.flatMap((filter) => durableSubjects(durableName(service, filter))),
    ],
    subscribe,
  };
}

/** `{ publish, subscribe }` of one user; `eventFilters` are the filters of every event of the contracts. */
export function permissionsOf(user, eventFilters) {
  const filters = listenableFilters(eventFilters);
  if (user in SERVICE_RULES) return permissionsOfService(user, filters);
  if (user === EXTERNAL_CONSUMER) return { publish: EXTERNAL_DURABLES.flatMap(pullSubjects), subscribe: [inbox(user)] };
  if (user === OPERATOR) return { publish: ['$JS.API.>', 'evt.>', 'dlq.>'], subscribe: ['evt.>', 'dlq.>', inbox(user)] };
  throw new Error(`no NATS rules for ${user}`);
}
