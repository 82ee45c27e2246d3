import type { ComponentChildren } from 'preact';
import { Section } from '../html/parts.js';
import type { CapacityView } from './view.js';
import type { CapacityWords } from './words-en.js';

type HowKey = Exclude<keyof CapacityWords['how'], 'title' | 'intro'>;

const HOW_KEYS: readonly HowKey[] = ['knee', 'confidence', 'headroom', 'down', 'first', 'delivered', 'join', 'fit', 'servers', 'limits', 'before'];

/** A figure that leads to how it was computed. */
export function How({ to, children }: { readonly to: HowKey; readonly children: ComponentChildren }) {
  return (
    <a class="how" href={`#how-${to}`}>
      {children}
    </a>
  );
}

export function HowComputed({ view: { t } }: { readonly view: CapacityView }) {
  return (
    <Section id="how" title={t.how.title} intro={t.how.intro}>
      <dl class="how-list">
        {HOW_KEYS.map((key) => {
          const { title, text } = t.how[key];
          return (
            <div key={key} id={`how-${key}`}>
              <dt>{title}</dt>
              <dd>{text}</dd>
            </div>
          );
        })}
      </dl>
    </Section>
  );
}
