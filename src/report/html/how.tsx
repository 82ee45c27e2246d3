import { useLang } from './lang.js';
import { Section } from './parts.js';

export interface HowEntry {
  /** The page's links lead to `#how-<key>`. */
  readonly key: string;
  readonly title: string;
  readonly text: string;
  /** Files, each with the fields, metrics or events to look for in it. */
  readonly sources?: readonly { readonly file: string; readonly names: readonly string[] }[];
}

/** How the figures of a page were computed, where its links lead. */
export function HowList({ title, intro, entries }: { readonly title: string; readonly intro: string; readonly entries: readonly HowEntry[] }) {
  const { t } = useLang();
  return (
    <Section id="how" title={title} intro={intro}>
      <dl class="how-list">
        {entries.map(({ key, title: name, text, sources = [] }) => (
          <div key={key} id={`how-${key}`}>
            <dt>{name}</dt>
            <dd>{text}</dd>
            {sources.length === 0 ? null : (
              <dd class="how-sources">
                {t.sources}{' '}
                {sources.map(({ file, names }, index) => (
                  <>
                    {index === 0 ? '' : '; '}
                    <code>{file}</code>
                    {names.map((one, at) => (
                      <>
                        {at === 0 ? ': ' : ', '}
                        <code>{one}</code>
                      </>
                    ))}
                  </>
                ))}
              </dd>
            )}
          </div>
        ))}
      </dl>
    </Section>
  );
}
