import { allProcedures } from '@matricula/contracts';
import { Health, type Bus } from '@matricula/platform';

const pingMs = 1_500;

/** Every service the contracts name. */
export const services = [...new Set(allProcedures().map((p) => p.service))];

/** Ready when NATS answers and every service says that it is ready itself. */
export function gatewayHealth(bus: Bus): Health {
  const ask = async (service: string): Promise<void> => {
    const answer = await bus.connection.request(`rpc.${service}.ping`, '', { timeout: pingMs });
    const state: unknown = answer.json();
    if (typeof state !== 'object' || state === null || !('ready' in state) || state.ready !== true) throw new Error(`${service} is not ready`);
  };
  return new Health({ nats: () => bus.ping(), ...Object.fromEntries(services.map((service) => [service, () => ask(service)])) });
}
