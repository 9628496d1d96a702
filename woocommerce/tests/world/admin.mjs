// A user of WordPress' admin pages, by their forms and nonces.
import { readFileSync } from 'node:fs';

const PLUGIN = 'try-it-on/try-it-on.php';

export class Admin {
  #url;
  #cookies = new Map();

  constructor(url) {
    this.#url = url;
  }

  static async login(shop, user) {
    const admin = new Admin(shop.url);
    await admin.get('/wp-login.php');
    const form = { log: user, pwd: shop.password, testcookie: '1', redirect_to: '/wp-admin/' };
    const { status } = await admin.post('/wp-login.php', form);
    if (status !== 200) throw new Error(`${user} can't log in: ${status}`);
    return admin;
  }

  get(path) {
    return this.#ask(path, {});
  }

  post(path, fields) {
    const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
    return this.#ask(path, { method: 'POST', body });
  }

  /** Follows redirects; a page's HTML with its status. */
  async #ask(path, options, left = 5) {
    const address = new URL(path, this.#url);
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(address, { ...options, redirect: 'manual', headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.#cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location && left > 0) return this.#ask(new URL(location, address), {}, left - 1);
    return { status: answer.status, html: await answer.text() };
  }

  /** Uploads the archive, as "Add New" does, unless the plugin is there; and activates it. */
  async install(archive) {
    let plugins = await this.get('/wp-admin/plugins.php');
    if (!plugins.html.includes(`data-plugin="${PLUGIN}"`)) {
      const page = await this.get('/wp-admin/plugin-install.php?tab=upload');
      const form = new FormData();
      for (const [name, value] of Object.entries(fieldsOf(page.html, 'wp-upload-form')))
        form.set(name, value);
      form.set('pluginzip', new Blob([readFileSync(archive)]), 'try-it-on.zip');
      const done = await this.post('/wp-admin/update.php?action=upload-plugin', form);
      if (!done.html.includes('Plugin installed successfully')) throw new Error(textOf(done.html));
      plugins = await this.get('/wp-admin/plugins.php');
    }
    return this.follow(plugins.html, 'activate');
  }

  async deactivate() {
    const { html } = await this.get('/wp-admin/plugins.php');
    return this.follow(html, 'deactivate');
  }

  /** Deletes the plugin, which runs its uninstall.php. */
  async uninstall() {
    const { html } = await this.get('/wp-admin/plugins.php');
    const fields = {
      ...fieldsOf(html, 'bulk-action-form'),
      action: 'delete-selected',
      action2: '-1',
    };
    return this.post('/wp-admin/plugins.php', {
      ...fields,
      'checked[]': PLUGIN,
      'verify-delete': '1',
    });
  }

  /** A link of the plugin's row, if it is there. */
  async follow(html, action) {
    const link = new RegExp(`href="(plugins\\.php\\?action=${action}&amp;plugin=try-it-on[^"]+)"`);
    const found = link.exec(html);
    return found ? this.get(`/wp-admin/${decode(found[1])}`) : undefined;
  }

  /** Saves the settings page with these fields changed. */
  async saveSettings(changed) {
    const page = await this.get('/wp-admin/admin.php?page=try-it-on');
    const fields = fieldsOf(page.html, 'options.php');
    for (const [name, value] of Object.entries(changed)) fields[`try_it_on[${name}]`] = value;
    return this.post('/wp-admin/options.php', fields);
  }

  /** Saves a product's edit page with these fields of its box changed. */
  async saveProduct(id, changed, alter = (fields) => fields) {
    const page = await this.get(`/wp-admin/post.php?post=${id}&action=edit`);
    const fields = fieldsOf(page.html, 'id="post"');
    for (const [name, value] of Object.entries(changed))
      fields[`try_it_on[_try_it_on_${name}]`] = value;
    return this.post('/wp-admin/post.php', alter(fields));
  }
}

/** What the form with `mark` in its tag would send. */
export function fieldsOf(html, mark) {
  const forms = html.split(/(?=<form\b)/).slice(1);
  const form = forms.find((part) => part.slice(0, part.indexOf('>')).includes(mark));
  if (form === undefined) throw new Error(`There is no form ${mark}: ${textOf(html)}`);
  const body = form.split('</form>')[0];
  const fields = {};
  for (const [tag] of body.matchAll(/<input\b[^>]*>/g)) {
    const { name, value = '', type = 'text' } = attributesOf(tag);
    const isLeft = /^(checkbox|radio)$/.test(type) && !/\bchecked\b/.test(tag);
    if (name && !isLeft && !/^(submit|button|file)$/.test(type)) fields[name] = value;
  }
  for (const [, tag, inner] of body.matchAll(/(<select\b[^>]*>)([\s\S]*?)<\/select>/g)) {
    const options = [...inner.matchAll(/<option\b[^>]*>/g)].map(([option]) => option);
    const chosen = options.find((option) => /\bselected\b/.test(option)) ?? options[0];
    const { name } = attributesOf(tag);
    if (name && chosen) fields[name] = attributesOf(chosen).value ?? '';
  }
  return fields;
}

export function attributesOf(tag) {
  const pairs = tag.matchAll(/([\w-]+)=(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries([...pairs].map(([, name, one, other]) => [name, decode(one ?? other)]));
}

const NAMED = { amp: '&', quot: '"', lt: '<', gt: '>', apos: "'" };

export const decode = (html) =>
  html.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, number, hex, name) => {
    if (number || hex) return String.fromCodePoint(number ? Number(number) : parseInt(hex, 16));
    return NAMED[name] ?? whole;
  });

export const textOf = (html) =>
  decode(html.replace(/<(script|style)\b[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]+>/g, ' ')).replace(
    /\s+/g,
    ' ',
  );
