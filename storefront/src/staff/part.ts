// Small parts that several views show.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { whole } from './numbers.ts';
import type { Asked } from './state.ts';

/** What was asked for, once it is there; an error stands above what an earlier answer said. */
export function answered<T>(asked: Asked<T>, what: string, show: (value: T) => unknown): TemplateResult {
  const error = asked.error === null ? nothing : html`<p class="note bad" role="alert">${what}: ${asked.error}</p>`;
  if (asked.value !== null) return html`${error}${show(asked.value)}`;
  return asked.error === null ? html`<p class="soft" role="status">${what} …</p>` : html`${error}`;
}

export function tile(label: string, value: unknown, more: unknown = nothing): TemplateResult {
  return html`<div class="tile"><dt>${label}</dt><dd>${value}${more === nothing ? nothing : html`<small>${more}</small>`}</dd></div>`;
}

/** How much of a limit is used; red from 90 % on, if that is worth a warning. */
export function meter(label: string, used: number, limit: number, text = `${whole(used)} of ${whole(limit)}`, warns = true): TemplateResult {
  const isHigh = warns && limit > 0 && used >= limit * 0.9;
  return html`<div class="meter ${isHigh ? 'is-high' : ''}"><span>${label}</span><span>${text}</span>
    <progress aria-label=${label} max=${Math.max(limit, 1)} .value=${Math.min(used, Math.max(limit, 1))}></progress></div>`;
}
