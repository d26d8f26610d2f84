// Loaded with `node --require` before anything else: starts tracing when it is wanted, to a collector
// (OTEL_EXPORTER_OTLP_ENDPOINT) or, one JSON line per span, to a file (TRACE_FILE); costs nothing otherwise.
if (process.env['TRACE_FILE'] !== undefined || process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] !== undefined) require('./tracing.sdk.js');
