// Which terms a run names, and whether the shopper ticks a box for them first. Pressing start agrees to terms that are told; a
// tick is for one photo and one version of the terms, and lasts as long as the page.
import type { Shop } from '../client/shop.ts';
import type { Photo } from './state.ts';
import type { Strings } from './words.ts';

/** `told`: no box is asked for. `missed`: start was pressed without the tick. */
export type Consent = 'told' | 'open' | 'missed' | 'given';

/** What a run says of the terms. */
export interface Agreed {
  consent?: string;
  consentText?: string;
}

export class Agreement {
  #version: string | undefined;
  #isAsked = false;
  #given: string | undefined;
  #missed: string | undefined;

  /** The page's word and the gateway's: a box that either asks for is shown. */
  update(element: HTMLElement, shop: Shop): void {
    this.#version = element.getAttribute('consent-version')?.trim() || shop.consentVersion;
    this.#isAsked = element.getAttribute('consent')?.trim() === 'ask' || shop.consentMode === 'ask';
  }

  /** The shop's own model agrees to nothing. */
  of(photo: Photo | undefined): Consent {
    if (!this.#isAsked || photo?.sample === true) return 'told';
    const key = this.#key(photo);
    return this.#given === key ? 'given' : this.#missed === key ? 'missed' : 'open';
  }

  tick(photo: Photo | undefined, isTicked: boolean): void {
    this.#given = isTicked ? this.#key(photo) : undefined;
    this.#missed = undefined;
  }

  /** Whether a run with this photo may start. */
  demand(photo: Photo): boolean {
    const consent = this.of(photo);
    if (consent !== 'open' && consent !== 'missed') return true;
    this.#missed = this.#key(photo);
    return false;
  }

  /** The version, and the words that the shopper saw. */
  said(photo: Photo, { ready }: Strings): Agreed {
    const text = this.#isAsked ? `${ready.consent}\n${ready.agree}` : ready.consent;
    return { ...(this.#version !== undefined && { consent: this.#version, ...(!photo.sample && { consentText: text }) }) };
  }

  #key(photo: Photo | undefined): string {
    return JSON.stringify([photo?.id, this.#version]);
  }
}
