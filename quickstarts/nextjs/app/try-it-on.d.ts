import type { HTMLAttributes } from 'react';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'try-it-on': HTMLAttributes<HTMLElement> & Record<`${'gateway' | 'product'}${string}`, unknown>;
    }
  }
}
