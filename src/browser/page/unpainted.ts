/** What is in sight when a picture is taken has been painted by then; the picture is done well before the end. */
const UNTIL_PAINTED_MS = 300;
const PAINTED_MS = 6_000;

/**
 * Keeps videos from the compositor. They are received, decoded and counted as before, and for the page they are in sight; what is left out is handing
 * each frame on to be converted, scaled and put on a screen that nobody has, which on a pupil's machine is the work of the graphics card.
 *
 * Gives what resolves with true when videos are painted, which they are then for long enough to take a picture of the page.
 */
export function leaveVideosUnpainted(): () => Promise<true> {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('video { opacity: 0 !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    sheet.disabled = true;
    setTimeout(() => (sheet.disabled = false), PAINTED_MS);
    return new Promise((resolve) => setTimeout(() => resolve(true), UNTIL_PAINTED_MS));
  };
}
