import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Prometheus metrics of one process; GET /metrics prints them. Names end in their unit. */
export class Metrics {
  readonly registry = new Registry();
  readonly handled = new Histogram({ name: 'matricula_handled_seconds', help: 'Time to handle an rpc, event or job', labelNames: ['kind', 'name', 'outcome'], buckets: seconds, registers: [this.registry] });
  readonly http = new Histogram({ name: 'matricula_http_seconds', help: 'Time to answer an HTTP request', labelNames: ['route', 'status'], buckets: seconds, registers: [this.registry] });
  readonly conflicts = new Counter({ name: 'matricula_store_conflicts_total', help: 'Lost races on an aggregate', labelNames: ['aggregate'], registers: [this.registry] });
  readonly published = new Counter({ name: 'matricula_outbox_published_total', help: 'Events taken from an outbox to the bus', labelNames: ['aggregate'], registers: [this.registry] });
  readonly outboxWaiting = new Gauge({ name: 'matricula_outbox_waiting', help: 'Aggregates whose outbox is not empty, at the last sweep', labelNames: ['aggregate'], registers: [this.registry] });
  readonly deadLetters = new Counter({ name: 'matricula_dead_letters_total', help: 'Events given up on', labelNames: ['consumer'], registers: [this.registry] });

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
  }

  /** Times `work` under a kind and name; the outcome is ok or failed. */
  async timed<T>(kind: string, name: string, work: () => Promise<T>): Promise<T> {
    const stop = this.handled.startTimer({ kind, name });
    try {
      const result = await work();
      stop({ outcome: 'ok' });
      return result;
    } catch (error) {
      stop({ outcome: 'failed' });
      throw error;
    }
  }
}
