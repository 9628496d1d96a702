// A door in front of the bundle: what the gateway asks of others is never answered, and forgotten, as the platform forgets what
// was asked for somebody who has gone away. (workerd by itself goes on with it; Cloudflare doesn't.)
import Gateway from './index.js';

export * from './index.js';

globalThis.fetch = () => new Promise(() => {});

export default Gateway;
