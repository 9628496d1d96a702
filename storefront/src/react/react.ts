// <TryItOn /> for React 19: properties as they are called in JavaScript, events as `onResult` and the like.
import { createElement, useEffect, useRef, type ReactElement, type ReactNode, type Ref } from 'react';
import type { AttributeProperties } from '../element/attributes.ts';
import type { TryItOnElement } from '../element/element.ts';
import type { TryItOnEventMap, TryItOnEvents } from '../element/events.ts';
import '../element/try-it-on.ts';

type EventName = keyof TryItOnEvents extends `tryon:${infer Name}` ? Name : never;
type Handlers = { [Name in EventName as `on${Capitalize<Name>}`]?: (event: TryItOnEventMap[`tryon:${Name}`]) => void };
type Settings = { [Name in keyof AttributeProperties]?: AttributeProperties[Name] | undefined };

export interface TryItOnProps extends Omit<Settings, 'products' | 'inputs'>, Handlers {
  products?: string | readonly object[];
  inputs?: string | object;
  cart?: boolean;
  challenge?: TryItOnElement['challenge'];
  className?: string;
  id?: string;
  children?: ReactNode;
  ref?: Ref<TryItOnElement>;
}

/** What React sets itself, on every version of it. */
const PLAIN = new Set(['className', 'id', 'children', 'ref']);

export function TryItOn(props: TryItOnProps): ReactElement {
  const { className, id, children, ref } = props;
  const own = useRef<TryItOnElement | null>(null);
  const current = useRef(props);
  current.current = props;

  // (1) Settings are properties of the element.
  useEffect(() => {
    const element = own.current as unknown as Record<string, unknown> | null;
    for (const [name, value] of Object.entries(props)) {
      if (element && !PLAIN.has(name) && !/^on[A-Z]/.test(name)) element[name] = value;
    }
  });
  // (2) One listener for each event, whichever handler is there when it comes.
  useEffect(() => {
    const element = own.current;
    if (!element) return undefined;
    const names: EventName[] = ['impression', 'open', 'close', 'photo', 'start', 'progress', 'result', 'save', 'share', 'forget', 'error', 'cart'];
    const ends = names.map((name) => {
      const listener = (event: Event): void => {
        const handlers = current.current as Record<string, ((event: Event) => void) | undefined>;
        handlers[`on${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`]?.(event);
      };
      element.addEventListener(`tryon:${name}`, listener);
      return () => element.removeEventListener(`tryon:${name}`, listener);
    });
    return () => ends.forEach((end) => end());
  }, []);

  const keep = (element: TryItOnElement | null): void => {
    own.current = element;
    if (typeof ref === 'function') ref(element);
    else if (ref) (ref as { current: TryItOnElement | null }).current = element;
  };
  return createElement('try-it-on', { ref: keep, class: className, id }, children);
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'try-it-on': React.DetailedHTMLProps<React.HTMLAttributes<TryItOnElement>, TryItOnElement> & Record<string, unknown>;
    }
  }
}
