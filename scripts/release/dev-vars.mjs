// `.dev.vars.example`: Cloudflare's button makes a field of a form of each line that is no comment.
import { settingsTable } from '../doctor/table.mjs';

const ASKED = ['FASHN_API_KEY', 'SIGNING_SECRET', 'STAFF_TOKEN'];

export function devVars(settingsFile) {
  const table = settingsTable(settingsFile);
  const others = [...table].filter(([name, { isSecret }]) => isSecret && !ASKED.includes(name));
  return `# Secrets. Copy this file to .dev.vars for a start on your own machine; docs/settings.md has every
# setting. The command keys makes SIGNING_SECRET and STAFF_TOKEN.
${ASKED.map((name) => `${name}=\n`).join('')}
# Only where you need them:
${others.map(([name]) => `# ${name}=\n`).join('')}`;
}
