/** Flags of every browser user; measured in bench/browsers.ts, reasons beside each. GPU flags do nothing here and are left out. */
export interface FlagOptions {
  /** Chromium's sandbox cannot be used by root. */
  readonly root: boolean;
  /** Frames per second of the fake camera. */
  readonly cameraFps: number;
  /** Pixels painted per CSS pixel, in each direction; default 1. The contexts of the browser have to say the same. */
  readonly pixelDensity?: number;
  /** Y4M or MJPEG file for the fake camera. */
  readonly videoFile?: string;
  /** WAV file for the fake microphone. */
  readonly audioFile?: string;
}

/** Chromium takes the last `--disable-features` only, so what Playwright would switch off for an undisturbed client stands here again. */
const DISABLED_FEATURES = [
  'WebRtcHideLocalIpsWithMdns',
  'CalculateNativeWinOcclusion',
  'IntensiveWakeUpThrottling',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'PaintHolding',
  'MediaRouter',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
  'DestroyProfileOnBrowserClose',
  // A page then keeps less freed memory for each of its threads: 2.7 MB a user, and no more CPU that could be measured.
  'PartitionAllocLargeThreadCacheSize',
];

export function browserFlags({ root, cameraFps, pixelDensity, videoFile, audioFile }: FlagOptions): string[] {
  return [
    // A camera and a microphone that exist everywhere, and no question whether they may be used.
    `--use-fake-device-for-media-stream=fps=${cameraFps}`,
    '--use-fake-ui-for-media-stream',
    ...(pixelDensity === undefined ? [] : [`--force-device-scale-factor=${pixelDensity}`]),
    ...(videoFile === undefined ? [] : [`--use-file-for-fake-video-capture=${videoFile}`]),
    ...(audioFile === undefined ? [] : [`--use-file-for-fake-audio-capture=${audioFile}`]),
    // Nobody clicks before sound plays.
    '--autoplay-policy=no-user-gesture-required',
    // Simulated servers live on loopback; host candidates must show their address, since nothing resolves mDNS here.
    '--allow-loopback-in-peer-connection',
    `--disable-features=${DISABLED_FEATURES.join(',')}`,
    // Many users share a machine and none of them is in front: timers and rendering must not be throttled.
    '--disable-background-timer-throttling',
    '--disable-backgrounding-occluded-windows',
    '--disable-renderer-backgrounding',
    // Nothing but the target is contacted.
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    ...(root ? ['--no-sandbox'] : []),
  ];
}
