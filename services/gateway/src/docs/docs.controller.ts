import { dirname } from 'node:path';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { CONFIG } from '@matricula/platform';
import { CalledBy } from '../auth/caller.js';
import type { GatewayConfig } from '../config.js';
import { asyncApiDocument } from './asyncapi.js';
import { openApiDocument } from './openapi.js';
import { problemsHtml, problemsList } from './problems-page.js';

/** Folder of the files that the API reference is made of, from node_modules. */
export const referenceFolder = (): string => dirname(require.resolve('swagger-ui-dist/package.json'));
export const referenceFiles: ReadonlySet<string> = new Set(['/swagger-ui.css', '/swagger-ui-bundle.js', '/favicon-32x32.png']);

/** Own files only; the reference styles its elements in place and shows images as data. */
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const referenceHtml = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Matricula: API reference</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"><link rel="icon" href="/docs/assets/favicon-32x32.png"></head>
<body><div id="reference"></div><script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/reference.js"></script></body></html>
`;
const referenceScript = `SwaggerUIBundle({ url: '/docs/openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null, docExpansion: 'list' });
`;
const pageStyle = 'body{font:16px/1.5 system-ui,sans-serif;margin:2rem;max-width:75rem}table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.3rem .8rem;border-bottom:1px solid #ccc}tr:target{background:#fff3bf}\n';

/** The API reference and the documents it is made from; nothing comes from another host. */
@Controller('docs')
@CalledBy('anyone')
export class DocsController {
  private readonly openApi: unknown;
  private readonly asyncApi = asyncApiDocument();

  constructor(@Inject(CONFIG) config: GatewayConfig) {
    this.openApi = openApiDocument(config.PUBLIC_URL);
  }

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', pagePolicy)
  reference(): string {
    return referenceHtml;
  }
  @Get('reference.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  script(): string {
    return referenceScript;
  }
  @Get('page.css')
  @Header('content-type', 'text/css; charset=utf-8')
  style(): string {
    return pageStyle;
  }
  @Get('openapi.json')
  openapi(): unknown {
    return this.openApi;
  }
  @Get('asyncapi.json')
  asyncapi(): unknown {
    return this.asyncApi;
  }
  @Get('problems')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', pagePolicy)
  problems(): string {
    return problemsHtml();
  }
  @Get('problems.json')
  problemList(): unknown {
    return problemsList();
  }
}
