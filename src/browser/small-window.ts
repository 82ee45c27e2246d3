import type { Page } from 'playwright';

/** CSS pixels, and pixels painted for each of them in each direction. */
export interface PaintedSize {
  readonly width: number;
  readonly height: number;
  readonly deviceScaleFactor: number;
}

/** Nothing of the page is in sight; a window of no size at all gets no frames. */
const WINDOW = { width: 16, height: 9 } as const;

/**
 * Makes the window of a headless page tiny, and leaves the page as it was: laid out, painted and composed at full size, 60 times a second where it
 * moves, and whole in screenshots. Only the last step is left out, putting it together for a screen that nobody has, which on a pupil's machine is
 * the work of the graphics card: 3.8 MB (a pixel of the window for each CSS pixel) and a twentieth of the CPU of a listener.
 *
 * The size is set anew after the window has taken its own to the page, in a session that stays open: it holds as long as that.
 */
export async function shrinkWindow(page: Page, { width, height, deviceScaleFactor }: PaintedSize): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { windowId } = await session.send('Browser.getWindowForTarget');
  await session.send('Browser.setWindowBounds', { windowId, bounds: WINDOW });
  await session.send('Emulation.setDeviceMetricsOverride', { width, height, screenWidth: width, screenHeight: height, deviceScaleFactor, mobile: false });
}
