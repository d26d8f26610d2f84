// The OpenTelemetry SDK: loaded by tracing.preload only when traces are wanted.
import { appendFileSync } from 'node:fs';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, SimpleSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';

const service = process.env['OTEL_SERVICE_NAME'] ?? 'unknown';

class FileExporter implements SpanExporter {
  constructor(private readonly file: string) {}
  export(spans: ReadableSpan[], done: (result: { code: number }) => void): void {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext();
      appendFileSync(this.file, `${JSON.stringify({ service, name: span.name, traceId, spanId, parentSpanId: span.parentSpanContext?.spanId ?? null })}\n`);
    }
    done({ code: 0 });
  }
  async shutdown(): Promise<void> {
    // every span is written at once
  }
}

const file = process.env['TRACE_FILE'];
const quiet = new Set(['/health/live', '/health/ready', '/metrics']);
const sdk = new NodeSDK({
  resource: resourceFromAttributes({ 'service.name': service }),
  instrumentations: [new HttpInstrumentation({ ignoreIncomingRequestHook: (request) => quiet.has(request.url ?? '') })],
  spanProcessors: [file === undefined ? new BatchSpanProcessor({ exporter: new OTLPTraceExporter() }) : new SimpleSpanProcessor({ exporter: new FileExporter(file) })],
});
sdk.start();
process.once('beforeExit', () => void sdk.shutdown());
