/** BBB names a camera by the SHA-256 of its device id. */
export async function deviceHash(stream: MediaStream): Promise<string> {
  const id = stream.getVideoTracks()[0]?.getSettings().deviceId ?? '';
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(id));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
