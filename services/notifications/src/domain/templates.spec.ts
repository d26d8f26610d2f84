import { describe, expect, it } from '@jest/globals';
import { escapeHtml, oneLine, render, type Letterhead, type MailContent } from './templates.js';

const head: Letterhead = { providerName: 'Harbour Arts & Sports', recipientName: 'Ada Okafor', timeZone: 'America/Toronto' };
const cad = (amount: number) => ({ amount, currency: 'CAD' });
const contents: readonly MailContent[] = [
  { template: 'invitation', link: 'https://m.test/accept-invitation?provider=harbour&token=t1', expiresAt: '2026-09-03T10:00:00.000Z' },
  { template: 'access-revoked' },
  { template: 'access-revoked-notice', personName: 'Femi Mensah' },
  { template: 'contact-overridden', changed: ['email', 'phone'] },
  { template: 'enrolment-confirmed', learnerName: 'Chidi', classTitle: 'Swim <1>', fee: cad(6_500), firstDate: '2026-09-07', sessions: 9 },
  { template: 'invoice-issued', number: 'INV-000001', lines: [{ description: 'Swim 1', amount: cad(6_500) }], total: cad(6_500), outstanding: cad(6_500), dueDate: '2026-09-30' },
  { template: 'invoice-paid', number: 'INV-000001', total: cad(6_500), paidAt: '2026-09-03T10:00:00.000Z' },
  { template: 'payment-failed', amount: cad(6_500), reason: 'insufficient_funds' },
  { template: 'makeup-token-issued', learnerName: 'Chidi', missedOn: '2026-09-14', expiresOn: '2026-12-14' },
];
const mail = (template: MailContent['template'], over: Partial<Letterhead> = {}) => {
  const content = contents.find((c) => c.template === template);
  if (!content) throw new Error(template);
  return render(content, { ...head, ...over });
};

describe('templates', () => {
  it('name the provider in every subject and greet the reader', () => {
    for (const content of contents) {
      const { subject, text, html } = render(content, head);
      expect(subject).toMatch(/^Harbour Arts & Sports: /);
      expect(text).toContain('Hello Ada Okafor,');
      expect(html).toContain('Harbour Arts &amp; Sports');
    }
  });
  it('SG-01 the invitation carries its link, whole in the text and escaped in HTML', () => {
    const { text, html } = mail('invitation');
    expect(text).toContain('https://m.test/accept-invitation?provider=harbour&token=t1');
    expect(html).toContain('href="https://m.test/accept-invitation?provider=harbour&amp;token=t1"');
    expect(text).toContain('September 3, 2026');
    expect(text).toContain('America/Toronto');
  });
  it('ID-15 the owner is told what the office changed, in words', () => {
    expect(mail('contact-overridden').text).toContain('e-mail address, phone number');
    expect(mail('access-revoked-notice').subject).toBe('Harbour Arts & Sports: access of Femi Mensah was withdrawn');
  });
  it('BI-28 amounts are money as people write it', () => {
    expect(mail('invoice-issued')).toMatchObject({ subject: 'Harbour Arts & Sports: invoice INV-000001, 65.00 CAD', text: expect.stringContaining('To pay: 65.00 CAD.') });
    expect(mail('invoice-paid').subject).toBe('Harbour Arts & Sports: invoice INV-000001 is fully paid');
    expect(mail('enrolment-confirmed').text).toContain('The first of 9 sessions is on September 7, 2026.');
  });
  it('what people typed is neither markup nor a header', () => {
    const { html, subject, text } = mail('enrolment-confirmed', { providerName: 'A\r\nBcc: all@x.test', recipientName: '<img src=x onerror=alert(1)>' });
    expect(html).toContain('Swim &lt;1&gt;');
    expect(html).not.toContain('<img');
    expect(subject).not.toMatch(/[\r\n]/);
    expect(text).not.toContain('\r\nBcc');
    expect(escapeHtml(`<a href="x" title='y'>&`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;');
    expect(oneLine(' a\u0000\u2028b\tc ')).toBe('a b c');
  });
  it('a subject has a limit', () => {
    expect(mail('invitation', { providerName: 'x'.repeat(500) }).subject.length).toBeLessThanOrEqual(180);
  });
});
