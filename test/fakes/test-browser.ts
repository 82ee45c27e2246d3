import { browserHere } from '../../src/cli/browser-here.js';

const { executablePath } = await browserHere(process);

/** The browser that the set-up step found or installed, by the search of the product. */
export function browserForTests(): string {
  return executablePath;
}
