/** What a stretch of text is, for a terminal that has colours. */
export type Tone = 'error' | 'warning' | 'good' | 'strong' | 'quiet' | 'accent';

/** Colours a text for a terminal; handed in by the CLI when there is one. */
export type Paint = (text: string, tone: Tone) => string;

/** No colour at all. */
export const plain: Paint = (text) => text;
