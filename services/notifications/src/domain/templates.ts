import { formatMoney, unreachable, type Instant, type LocalDate, type Money } from '@matricula/kernel';

/** Who writes to whom, and in which time zone dates are said. */
export interface Letterhead {
  readonly providerName: string;
  readonly recipientName: string;
  readonly timeZone: string;
}

/** What a mail about a login says. */
type LoginContent =
  | { readonly template: 'password-reset' | 'welcome' | 'confirm-login-email'; readonly link: string; readonly expiresAt: Instant }
  | { readonly template: 'login-email-changed' | 'password-changed' | 'factors-changed'; readonly at: Instant };

/** Everything a mail says, read at the moment of sending. */
export type MailContent =
  | { readonly template: 'invitation'; readonly link: string; readonly expiresAt: Instant }
  | LoginContent
  | { readonly template: 'access-revoked' }
  | { readonly template: 'access-revoked-notice'; readonly personName: string }
  | { readonly template: 'contact-overridden'; readonly changed: readonly string[] }
  | { readonly template: 'enrolment-confirmed'; readonly learnerName: string; readonly classTitle: string; readonly fee: Money; readonly firstDate: LocalDate | null; readonly sessions: number }
  | { readonly template: 'invoice-issued'; readonly number: string; readonly lines: readonly { readonly description: string; readonly amount: Money }[]; readonly total: Money; readonly outstanding: Money; readonly dueDate: LocalDate }
  | { readonly template: 'invoice-paid'; readonly number: string; readonly total: Money; readonly paidAt: Instant | null }
  | { readonly template: 'payment-failed'; readonly amount: Money; readonly reason: string | null }
  | { readonly template: 'makeup-token-issued'; readonly learnerName: string; readonly missedOn: LocalDate; readonly expiresOn: LocalDate };

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface Body {
  readonly about: string;
  readonly paragraphs: readonly string[];
  readonly link?: { readonly label: string; readonly url: string };
}

const longestSubject = 180;

/** Text that people typed, made safe inside HTML text and attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** One line without control characters: nothing that people typed may add a header to a mail. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

const day = (date: LocalDate): string => new Intl.DateTimeFormat('en-CA', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00.000Z`));
const moment = (instant: Instant, timeZone: string): string => `${new Intl.DateTimeFormat('en-CA', { dateStyle: 'long', timeStyle: 'short', timeZone }).format(new Date(instant))} (${timeZone})`;

/** About a login, to its owner. */
function loginBody(content: LoginContent, head: Letterhead): Body {
  switch (content.template) {
    case 'password-reset':
      return {
        about: 'choose a new password',
        paragraphs: [`Somebody asked for a new password for your login at ${head.providerName}. The link works once, until ${moment(content.expiresAt, head.timeZone)}.`, 'If it was not you, do nothing: your password stays as it is.'],
        link: { label: 'Choose a new password', url: content.link },
      };
    case 'welcome':
      return {
        about: 'welcome',
        paragraphs: [`${head.providerName} has made you a login. Choose a password to sign in; the link works once, until ${moment(content.expiresAt, head.timeZone)}.`, `If it has expired, use "forgot password" on the sign-in page.`],
        link: { label: 'Choose a password', url: content.link },
      };
    case 'confirm-login-email':
      return {
        about: 'confirm your new sign-in address',
        paragraphs: [`You want to sign in at ${head.providerName} with this address. Confirm it by the link, until ${moment(content.expiresAt, head.timeZone)}.`, 'If it was not you, do nothing: nobody can sign in with your address.'],
        link: { label: 'Confirm this address', url: content.link },
      };
    case 'login-email-changed':
      return {
        about: 'your sign-in address was changed',
        paragraphs: [`Since ${moment(content.at, head.timeZone)} your login at ${head.providerName} has another e-mail address.`, `If it was not you, tell ${head.providerName} at once.`],
      };
    case 'password-changed':
      return {
        about: 'your password was changed',
        paragraphs: [`The password of your login at ${head.providerName} was changed on ${moment(content.at, head.timeZone)}, and other sessions were ended.`, 'If it was not you, choose a new password by "forgot password" on the sign-in page at once.'],
      };
    case 'factors-changed':
      return {
        about: 'your sign-in methods were changed',
        paragraphs: [`On ${moment(content.at, head.timeZone)} an authenticator app, a passkey or the recovery codes of your login at ${head.providerName} were added, used or removed.`, `If it was not you, change your password at once and tell ${head.providerName}.`],
      };
    default:
      return unreachable(content);
  }
}

const fieldNames: Readonly<Record<string, string>> = { firstName: 'first name', lastName: 'last name', email: 'e-mail address', phone: 'phone number', address: 'postal address' };
const fieldName = (field: string): string => fieldNames[field] ?? field;

/** Mails about who may sign in and whose contact data it is. */
function accessBody(content: Extract<MailContent, { readonly template: 'access-revoked' | 'access-revoked-notice' | 'contact-overridden' }>, head: Letterhead): Body {
  switch (content.template) {
    case 'access-revoked':
      return {
        about: 'your access was withdrawn',
        paragraphs: [`You can no longer sign in to this account at ${head.providerName}. Links you were sent before do not work any more.`, `If you think that this is a mistake, speak to the primary guardian of the account or to ${head.providerName}.`],
      };
    case 'access-revoked-notice':
      return {
        about: `access of ${content.personName} was withdrawn`,
        paragraphs: [`${content.personName} can no longer sign in to your account at ${head.providerName}. You may invite them again at any time.`, `If this was neither you nor agreed with you, please tell ${head.providerName}.`],
      };
    case 'contact-overridden':
      return {
        about: 'your contact data was changed by the office',
        paragraphs: [`${head.providerName} changed what it has of you: ${content.changed.map(fieldName).join(', ')}.`, `Sign in to look at it. If you did not ask for this, please tell ${head.providerName}.`],
      };
    default:
      return unreachable(content);
  }
}

function bodyOf(content: MailContent, head: Letterhead): Body {
  switch (content.template) {
    case 'invitation':
      return {
        about: 'your invitation',
        paragraphs: [
          `${head.providerName} invites you to sign in and look after your account: classes, absences, invoices and payments.`,
          `The link works once, until ${moment(content.expiresAt, head.timeZone)}. If it has expired, ask ${head.providerName} to send it again.`,
          'If you did not expect this mail, do nothing: without the link nobody can sign in.',
        ],
        link: { label: 'Accept the invitation', url: content.link },
      };
    case 'password-reset':
    case 'welcome':
    case 'confirm-login-email':
    case 'login-email-changed':
    case 'password-changed':
    case 'factors-changed':
      return loginBody(content, head);
    case 'access-revoked':
    case 'access-revoked-notice':
    case 'contact-overridden':
      return accessBody(content, head);
    case 'enrolment-confirmed':
      return {
        about: `${content.learnerName} is enrolled in ${content.classTitle}`,
        paragraphs: [
          `${content.learnerName} has a place in ${content.classTitle}.`,
          ...(content.firstDate === null ? [] : [`The first of ${content.sessions} sessions is on ${day(content.firstDate)}.`]),
          `The fee is ${formatMoney(content.fee)}.`,
        ],
      };
    case 'invoice-issued':
      return {
        about: `invoice ${content.number}, ${formatMoney(content.total)}`,
        paragraphs: [
          `Here is invoice ${content.number} over ${formatMoney(content.total)}, due on ${day(content.dueDate)}.`,
          ...content.lines.map((line) => `${line.description}: ${formatMoney(line.amount)}`),
          content.outstanding.amount > 0 ? `To pay: ${formatMoney(content.outstanding)}.` : 'Nothing is left to pay.',
        ],
      };
    case 'invoice-paid':
      return {
        about: `invoice ${content.number} is fully paid`,
        paragraphs: [`Thank you. Invoice ${content.number} over ${formatMoney(content.total)} is fully paid${content.paidAt === null ? '' : ` since ${moment(content.paidAt, head.timeZone)}`}. This is your receipt.`],
      };
    case 'payment-failed':
      return {
        about: 'a payment did not go through',
        paragraphs: [`Your payment of ${formatMoney(content.amount)} did not go through${content.reason === null ? '' : ` (${content.reason})`}. Nothing was charged.`, 'Sign in to use another payment method.'],
      };
    case 'makeup-token-issued':
      return {
        about: `a makeup class for ${content.learnerName}`,
        paragraphs: [`${content.learnerName} misses the session on ${day(content.missedOn)}. You may choose another session instead.`, `The makeup token is valid until ${day(content.expiresOn)}.`],
      };
    default:
      return unreachable(content);
  }
}

/** A mail as plain text and as simple HTML that says the same. */
export function render(content: MailContent, head: Letterhead): RenderedMail {
  const { about, paragraphs, link } = bodyOf(content, head);
  const greeting = `Hello ${oneLine(head.recipientName)},`;
  const said = [greeting, ...paragraphs.map(oneLine)];
  const text = [...said, ...(link ? [`${link.label}: ${link.url}`] : []), oneLine(head.providerName)].join('\n\n');
  const html = [
    '<!doctype html><html lang="en"><body style="font-family:sans-serif;line-height:1.5">',
    ...said.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(link ? [`<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`] : []),
    `<p>${escapeHtml(oneLine(head.providerName))}</p>`,
    '</body></html>',
  ].join('\n');
  return { subject: oneLine(`${head.providerName}: ${about}`).slice(0, longestSubject), text: `${text}\n`, html };
}
