import { problems, type ProblemText } from '@matricula/contracts';

const catalogue: readonly (readonly [string, ProblemText])[] = Object.entries(problems);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Every refusal of the API as Markdown. */
export function problemsMarkdown(): string {
  const rows = catalogue.map(([code, p]) => `| \`${code}\` | ${p.status} | ${p.title} | ${p.detail} |`);
  return ['# Problems', '', 'Generated from the contracts. Every refusal of the API: RFC 9457 problem details with this `code`; `{names}` are filled in the answer.', '', '| code | status | title | what to do |', '|---|---|---|---|', ...rows, ''].join('\n');
}

/** The page that a problem's `type` points at: one anchor per code. */
export function problemsHtml(): string {
  const rows = catalogue.map(([code, p]) => `<tr id="${escaped(code)}"><td><code>${escaped(code)}</code></td><td>${p.status}</td><td>${escaped(p.title)}</td><td>${escaped(p.detail)}</td></tr>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Matricula: problems</title><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs/page.css"></head>
<body><h1>Problems</h1><p>Every refusal of the API is an <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a> problem with one of these codes.</p>
<table><thead><tr><th>code</th><th>status</th><th>title</th><th>what to do</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></body></html>
`;
}

/** The same as data. */
export const problemsList = () => ({ items: catalogue.map(([code, text]) => ({ code, ...text })) });
