// Which of the configuration's environments a deploy is for.

/** Without `--env` it is the top one, said outright: wrangler warns where it is left open. */
export function toEnvironment(args) {
  const isSaid = args.some((arg) => /^(--env|-e)(=|$)/.test(arg)) || process.env.CLOUDFLARE_ENV;
  return isSaid ? args : ['--env=', ...args];
}
