/** Page code that speaks the SFU protocol as the HTML5 client does; handed to `page.evaluate` as text. */
export const SFU_PAGE_SCRIPT = `
window.sfu = {
  async socket(user) {
    const socket = new WebSocket(location.origin.replace('http', 'ws') + '/bbb-webrtc-sfu?user=' + user);
    const waiting = []; const frames = [];
    socket.onmessage = (event) => { const frame = JSON.parse(event.data); frames.push(frame); for (const w of [...waiting]) if (w.match(frame)) { waiting.splice(waiting.indexOf(w), 1); w.resolve(frame); } };
    await new Promise((resolve) => { socket.onopen = resolve; });
    return { socket, frames, send: (frame) => socket.send(JSON.stringify(frame)),
      next: (match) => { const seen = frames.find(match); return seen ? Promise.resolve(seen) : new Promise((resolve) => waiting.push({ match, resolve })); } };
  },
  gathered(pc) { return new Promise((resolve) => { if (pc.iceGatheringState === 'complete') resolve(); else pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve(); }); },
  async audio(user, role) {
    const s = await this.socket(user); const pc = new RTCPeerConnection();
    if (role === 'sendrecv') { const m = await navigator.mediaDevices.getUserMedia({ audio: true }); pc.addTrack(m.getTracks()[0], m); }
    pc.ontrack = (event) => { const el = document.createElement('audio'); el.autoplay = true; el.srcObject = new MediaStream([event.track]); document.body.append(el); };
    s.send({ id: 'start', type: 'audio', role, clientSessionNumber: 1, extension: null, transparentListenOnly: true });
    const response = await s.next((f) => f.id === 'startResponse');
    await pc.setRemoteDescription({ type: 'offer', sdp: response.sdpAnswer });
    await pc.setLocalDescription(await pc.createAnswer()); await this.gathered(pc);
    s.send({ id: 'subscriberAnswer', type: 'audio', role, sdpOffer: pc.localDescription.sdp });
    await s.next((f) => f.id === 'webRTCAudioSuccess');
    this.audioPc = pc; this.audioSocket = s; return response;
  },
  async share(user, cameraId) {
    const s = await this.socket(user); const pc = new RTCPeerConnection();
    const m = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480, frameRate: 15 } });
    pc.addTransceiver(m.getTracks()[0], { direction: 'sendonly', streams: [m], sendEncodings: [{ maxBitrate: 800000 }] });
    await pc.setLocalDescription(await pc.createOffer()); await this.gathered(pc);
    s.send({ id: 'start', type: 'video', cameraId, role: 'share', sdpOffer: pc.localDescription.sdp, bitrate: 800, record: true });
    const response = await s.next((f) => f.id === 'startResponse' || f.id === 'error');
    if (response.id === 'error') return response;
    await pc.setRemoteDescription({ type: 'answer', sdp: response.sdpAnswer });
    await s.next((f) => f.id === 'playStart');
    this.sharePc = pc; this.shareSocket = s; return response;
  },
  async view(user, cameraId) {
    const s = await this.socket(user); const pc = new RTCPeerConnection();
    pc.ontrack = (event) => { const el = document.createElement('video'); el.autoplay = true; el.muted = true; el.srcObject = new MediaStream([event.track]); document.body.append(el); };
    s.send({ id: 'start', type: 'video', cameraId, role: 'viewer', sdpOffer: null, bitrate: 200, record: true });
    const response = await s.next((f) => f.id === 'startResponse' || f.id === 'error');
    if (response.id === 'error') return response;
    await pc.setRemoteDescription({ type: 'offer', sdp: response.sdpAnswer });
    await pc.setLocalDescription(await pc.createAnswer()); await this.gathered(pc);
    s.send({ id: 'subscriberAnswer', type: 'video', role: 'viewer', cameraId, answer: pc.localDescription.sdp });
    await s.next((f) => f.id === 'playStart');
    this.viewPc = pc; this.viewSocket = s; return response;
  },
  async stats(pc) { const out = []; (await pc.getStats()).forEach((one) => { if (['inbound-rtp', 'outbound-rtp', 'candidate-pair'].includes(one.type)) out.push(one); }); return out; },
};
`;
