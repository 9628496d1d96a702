// A door in front of the bundle: the binding METRICS, which writes each point to the console.
import Gateway, { AccountObject as Account, BodyObject as Body } from './index.js';

const METRICS = { writeDataPoint: (point) => console.log(`metric ${JSON.stringify(point)}`) };
const withMetrics = (env) => Object.assign(Object.create(env), { METRICS });

export default {
  fetch: (request, env, context) => Gateway.fetch(request, withMetrics(env), context),
  scheduled: (event, env, context) => Gateway.scheduled(event, withMetrics(env), context),
};

export class AccountObject extends Account {
  constructor(context, env) {
    super(context, withMetrics(env));
  }
}

export class BodyObject extends Body {
  constructor(context, env) {
    super(context, withMetrics(env));
  }
}
