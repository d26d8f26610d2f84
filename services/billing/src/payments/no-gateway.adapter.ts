import { Rejection } from '@matricula/kernel';
import { PaymentGateway } from './payment-gateway.js';

const refuse = async (): Promise<never> => {
  throw new Rejection('payment.gateway-not-configured');
};

/** In production no gateway is set up yet: nothing can be saved or paid (BI-19). */
export class NoGateway extends PaymentGateway {
  override readonly name = 'none';
  override readonly cardOf = refuse;
  override readonly take = refuse;
  override readonly outcomeOf = async (): Promise<undefined> => undefined;
  override readonly giveUp = async (): Promise<undefined> => undefined;
}
