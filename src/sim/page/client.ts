import { AudioModal } from './audio-modal.js';
import { Audio, type AudioState } from './audio.js';
import { deviceHash } from './camera-id.js';
import { openCameraModal } from './camera-modal.js';
import { Cameras, type CameraProfile } from './cameras.js';
import { button, el, setText, show } from './dom.js';
import type { LivekitMedia } from './livekit.js';
import { GraphqlClient } from './graphql-client.js';
import { joinBatch } from './join-batch.js';
import { Lesson } from './lesson/lesson.js';
import { keepAlive } from './liveness.js';
import { Modals, errorScreen, errorText } from './modals.js';
import { UserList, VideoGrid, type Chat } from './panels.js';
import { publicChat, unreadIn } from './public-chat.js';
import type { CameraRow, CurrentUserRow, SlideRow, VoiceRow } from './rows.js';
import type { Discovery } from './settings.js';
import { Screen } from './screen.js';
import { Toolbar } from './toolbar.js';

/** The real client shows five cameras a page to viewers and all to moderators (settings.yml). */
const VIEWER_PAGE = 5;
const START_LIMIT_MS = 60_000;
const CLOSE_AFTER_END_MS = 5_000;
const TOAST_MS = 5_000;

/** One person in one meeting: connects state (GraphQL), media (SFU) and the page. */
export class Client {
  readonly #app: HTMLElement;
  readonly #discovery: Discovery;
  readonly #graphql: GraphqlClient;
  readonly #audio: Audio;
  readonly #cameras: Cameras;
  readonly #screen: Screen;
  /** What of the media the meeting has there. */
  readonly #livekit: LivekitMedia | undefined;
  readonly #modals: Modals;
  readonly #users: UserList;
  readonly #videos = new VideoGrid();
  readonly #chat: Chat;
  readonly #toolbar: Toolbar;
  readonly #lesson: Lesson;
  readonly #audioModal: AudioModal;
  /** The bar of 3.0, or the toast of 4.0. */
  readonly #reconnecting: HTMLElement;
  readonly #toast = el('div', { class: 'toasts' });
  readonly #talking = el('div', { test: 'talkingIndicator', class: 'talking' });
  readonly #slide = el('p', {}, '');
  #me: CurrentUserRow | undefined;
  #stage: 'waiting' | 'joining' | 'in' | 'over' = 'waiting';
  #audioState: AudioState = 'out';
  #muted = false;
  #ownCamera: { readonly id: string; readonly stream: MediaStream } | undefined;
  #ownScreen: MediaStream | undefined;
  readonly #shared = playing(el('video', { id: 'screenshareVideo', hidden: true }));
  #page: SlideRow | undefined;
  #cameraRows: readonly CameraRow[] = [];
  #viewed: ReadonlySet<string> = new Set();
  #screenShared = false;
  #ownMicrophone = false;
  #stopKeepAlive: (() => void) | undefined;

  constructor(app: HTMLElement, discovery: Discovery, livekit: typeof LivekitMedia | undefined) {
    this.#app = app;
    this.#discovery = discovery;
    const { four } = discovery;
    this.#modals = new Modals(four);
    this.#users = new UserList(four);
    this.#reconnecting = four ? el('div', { class: 'toast', hidden: true }, 'Reconnection in progress') : el('div', { test: 'notificationBannerBar', class: 'banner', hidden: true }, 'Connecting ...');
    this.#graphql = new GraphqlClient(discovery.graphqlUrl, discovery.sessionToken, four, {
      ready: () => show(this.#reconnecting, false),
      reconnecting: () => show(this.#reconnecting, true),
      ended: (messageId) => this.#over(messageId),
    });
    this.#audio = new Audio(discovery.sfuUrl, discovery.iceServers, {
      state: (state) => this.#audioChanged(state),
      connected: (listenOnly) => this.#audioConnected(listenOnly),
      failed: (code) => this.#say(`Audio could not be connected (error ${code})`),
    });
    this.#cameras = new Cameras(discovery.sfuUrl, discovery.iceServers, {
      published: (cameraId) => this.#cameraPublished(cameraId),
      shareFailed: (code) => this.#cameraFailed(code),
      viewing: (cameraId, stream) => this.#videos.add(cameraId, this.#nameOf(cameraId), stream, false),
      viewEnded: (cameraId) => this.#videos.remove(cameraId),
    });
    this.#screen = new Screen(discovery.sfuUrl, discovery.iceServers, {
      published: () => this.#toolbar.screen(true),
      ended: (code) => this.#screenEnded(code),
      viewing: (stream) => this.#showScreen(stream),
      viewEnded: () => this.#showScreen(null),
    });
    this.#livekit = livekit && this.#newLivekit(livekit);
    const { audio } = discovery.bridges;
    this.#audioModal = new AudioModal(this.#modals, { ...discovery.userdata, offersListenOnly: audio === 'sfu' }, {
      joined: (microphone) => this.#joinAudio(microphone),
      echoTestTick: () => void this.#graphql.request('UpdateUserClientEchoTestRunningAt').catch(() => undefined),
      failed: (message) => this.#say(message),
    });
    const mutate = (name: string, variables: Readonly<Record<string, unknown>>): Promise<void> => this.#mutate(name, variables);
    this.#chat = publicChat(this.#graphql, four, mutate);
    this.#lesson = new Lesson({ graphql: this.#graphql, modals: this.#modals, four, mutate, me: () => this.#me!, say: (text) => this.#say(text), leaveAudio: () => this.#leaveAudio() });
    this.#toolbar = new Toolbar({
      openAudio: () => this.#audioModal.open(),
      leaveAudio: () => this.#leaveAudio(),
      mute: (muted) => void this.#mutate('UserSetMuted', { userId: this.#me!.userId, muted }),
      openCamera: () => void openCameraModal(this.#modals, discovery.userdata.cameraProfile, discovery.userdata.skipVideoPreview, { share: (stream, profile) => void this.#shareCamera(stream, profile), failed: (message) => this.#say(message) }),
      stopCamera: () => this.#stopCamera(),
      raiseHand: (raiseHand) => void this.#mutate('SetRaiseHand', { userId: this.#me!.userId, raiseHand }),
      react: (reactionEmoji) => void this.#mutate('SetReactionEmoji', { reactionEmoji }),
      shareScreen: (on) => void this.#shareScreen(on),
      nextSlide: () => this.#nextSlide(),
      leave: () => void this.#leave(),
      endMeeting: () => void this.#mutate('MeetingEnd', {}),
    });
  }

  start(): void {
    this.#graphql.connect();
    this.#graphql.subscribe('Patched_userCurrentSubscription', {}, (rows) => this.#meChanged((rows as CurrentUserRow[])[0]));
    setTimeout(() => {
      if (this.#stage === 'waiting' || this.#stage === 'joining') this.#over('request_timeout');
    }, START_LIMIT_MS);
  }

  #meChanged(me: CurrentUserRow | undefined): void {
    if (!me || this.#stage === 'over') return;
    this.#me = me;
    const token = me.livekitRooms?.find(({ purpose }) => purpose === 'primary')?.token ?? me.livekit?.livekitToken;
    if (me.joined && token != null) this.#livekit?.connect(token);
    if (me.meeting.ended) {
      this.#meetingEnded(me.meeting.endedReasonCode ?? 'ended');
      return;
    }
    if (me.ejected === true) {
      this.#over(me.ejectReasonCode ?? 'user_requested_eject_reason');
      return;
    }
    if (this.#stage === 'waiting' && !me.joined) {
      this.#stage = 'joining';
      void this.#mutate('UserJoin', { authToken: me.authToken, clientType: 'HTML5', clientIsMobile: false });
    } else if (me.joined && (this.#stage === 'joining' || this.#stage === 'waiting')) this.#enter(me);
    else if (!me.joined || me.loggedOut) this.#over('user_logged_out_reason');
    if (this.#stage !== 'in') return;
    this.#toolbar.hand(me.raiseHand);
    this.#toolbar.role(me.isModerator, me.presenter === true);
    this.#lesson.me(me);
  }

  /** Now the user is in: the page is drawn once, then the batch of operations goes out. */
  #enter(me: CurrentUserRow): void {
    this.#stage = 'in';
    this.#draw();
    void joinBatch(
      this.#graphql,
      {
        meeting: (row) => {
          this.#lesson.meeting(row);
          this.#screenShared = row?.screenshare != null && this.#me?.presenter !== true;
          this.#viewOthers();
        },
        cameras: (rows) => this.#camerasChanged(rows),
        users: (rows) => this.#users.update(rows, me.userId),
        userCount: (count) => this.#users.count(count),
        voices: (rows) => this.#voicesChanged(rows),
        chats: (rows) => this.#chat.unread(unreadIn(rows)),
        writers: (rows) => this.#lesson.writers(rows),
        drawn: (rows) => this.#lesson.drawn(rows),
        slide: (row) => {
          this.#page = row;
          this.#lesson.slide(row);
          setText(this.#slide, `${row.presentationName}, page ${row.num} of ${row.totalPages}`);
        },
      },
      me.presenter === true,
      this.#discovery.four,
    );
    this.#stopKeepAlive = keepAlive(this.#graphql);
    const { userdata } = this.#discovery;
    const audio = (): void => {
      if (userdata.autoJoinAudio) this.#audioModal.open();
    };
    if (userdata.showSessionDetails) this.#modals.open('sessionDetailsModal', 'Session Details', audio, el('p', {}, this.#discovery.meetingName), el('p', {}, 'This is a simulated meeting.'));
    else audio();
  }

  #draw(): void {
    const { four } = this.#discovery;
    const options = button('optionsButton', 'Options', () => undefined, '⋮');
    const status = button('connectionStatusButton', "View users' connection status", () => undefined, '●');
    const header = el('header', { class: 'top' }, this.#users.toggle, el('h1', {}, this.#discovery.meetingName), this.#talking, status, options, this.#toolbar.leaveMenu);
    const stage = el('main', { class: 'stage' }, this.#videos.grid, el('section', { test: 'presentationContainer', class: 'slide', label: 'Presentation' }, this.#slide, this.#shared, this.#lesson.board.canvas, this.#lesson.board.tools), this.#lesson.question);
    const side = el('aside', { class: 'side' }, ...(this.#chat.sidebarButton ? [this.#chat.sidebarButton] : []), this.#chat.openButton, this.#users.panel, ...this.#lesson.side);
    this.#toolbar.bar.prepend(this.#lesson.actions);
    const layout = el('div', { id: 'layout' }, ...(four ? [] : [this.#reconnecting]), header, el('div', { class: 'middle' }, side, this.#chat.panel, stage), this.#toolbar.bar);
    if (four) this.#toast.append(this.#reconnecting);
    this.#app.replaceChildren(layout, this.#modals.layer, this.#toast);
  }

  /** Sound, cameras and the screen, as far as the meeting has them there. */
  #newLivekit(Media: typeof LivekitMedia): LivekitMedia {
    const { livekitUrl, iceServers } = this.#discovery;
    return new Media(livekitUrl, iceServers, {
      talking: (talking) => void this.#mutate('UserSetTalking', { talking }),
      audioConnected: () => {
        void this.#mutate('UserSetDeafened', { deafened: false });
        this.#audioChanged(this.#ownMicrophone ? 'microphone' : 'listen-only');
      },
      audioFailed: () => {
        this.#say('Audio could not be connected');
        this.#audioChanged('out');
      },
      cameraPublished: (cameraId) => this.#cameraPublished(cameraId),
      cameraFailed: () => this.#cameraFailed('LiveKit'),
      viewing: (cameraId, stream) => this.#videos.add(cameraId, this.#nameOf(cameraId), stream, false),
      viewEnded: (cameraId) => this.#videos.remove(cameraId),
      screenPublished: () => this.#toolbar.screen(true),
      screenEnded: () => this.#screenEnded(0),
      viewingScreen: (stream) => this.#showScreen(stream),
      viewScreenEnded: () => this.#showScreen(null),
    });
  }

  #joinAudio(microphone: MediaStream | undefined): void {
    if (this.#discovery.bridges.audio === 'sfu') {
      this.#audio.join(microphone);
      return;
    }
    this.#ownMicrophone = microphone !== undefined;
    this.#audioChanged('connecting');
    this.#livekit?.joinAudio(microphone, `${this.#me!.userId}|${this.#graphql.clientSessionUuid}|audio|default`);
  }

  #leaveAudio(): void {
    if (this.#discovery.bridges.audio === 'sfu') this.#audio.leave();
    else {
      this.#livekit?.leaveAudio();
      this.#audioChanged('out');
    }
  }

  #screenEnded(code: number): void {
    for (const track of this.#ownScreen?.getTracks() ?? []) track.stop();
    this.#ownScreen = undefined;
    this.#toolbar.screen(false);
    if (code !== 0) this.#say(`The screen could not be shared (error ${code})`);
  }

  #showScreen(stream: MediaStream | null): void {
    this.#shared.srcObject = stream;
    show(this.#shared, stream !== null);
  }

  #audioChanged(state: AudioState): void {
    const before = this.#audioState;
    this.#audioState = state;
    if (before === 'connecting' && state !== 'connecting') this.#modals.close();
    this.#toolbar.audio(state, this.#muted);
  }

  #audioConnected(listenOnly: boolean): void {
    void this.#mutate('UserSetListenOnlyInput', { listenOnlyInputDevice: listenOnly });
    if (listenOnly) void this.#mutate('UserSetMuted', { userId: this.#me!.userId, muted: true });
  }

  async #shareCamera(stream: MediaStream, profile: CameraProfile): Promise<void> {
    const id = `${this.#me!.userId}_${this.#graphql.clientSessionUuid}_${await deviceHash(stream)}`;
    this.#ownCamera = { id, stream };
    this.#videos.connecting(id, this.#me!.name);
    // As the real client: offered before the SFU was asked (useHasVideoStream counts a stream that connects).
    this.#toolbar.camera(true);
    if (this.#discovery.bridges.camera === 'livekit') this.#livekit?.publishCamera(id, stream, profile);
    else await this.#cameras.publish(id, stream, profile);
  }

  #cameraPublished(cameraId: string): void {
    void this.#mutate('CameraBroadcastStart', { cameraId, contentType: 'camera' });
    this.#videos.remove(cameraId);
    this.#videos.add(cameraId, this.#me!.name, this.#ownCamera!.stream, true);
  }

  #cameraFailed(code: number | string): void {
    if (this.#ownCamera) this.#videos.remove(this.#ownCamera.id);
    for (const track of this.#ownCamera?.stream.getTracks() ?? []) track.stop();
    this.#ownCamera = undefined;
    this.#toolbar.camera(false);
    this.#say(`The webcam could not be shared (error ${code})`);
  }

  #stopCamera(): void {
    if (!this.#ownCamera) return;
    void this.#mutate('CameraBroadcastStop', { cameraId: this.#ownCamera.id });
    this.#cameras.unpublish();
    this.#livekit?.unpublishCamera();
    this.#videos.remove(this.#ownCamera.id);
    for (const track of this.#ownCamera.stream.getTracks()) track.stop();
    this.#ownCamera = undefined;
    this.#toolbar.camera(false);
  }

  async #shareScreen(on: boolean): Promise<void> {
    if (!on) {
      this.#screen.stop();
      this.#livekit?.stopScreen();
      return;
    }
    try {
      this.#ownScreen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 5 } });
      if (this.#discovery.bridges.screen === 'livekit') this.#livekit?.publishScreen(this.#ownScreen, `${this.#me!.userId}-screenshare-video`);
      else await this.#screen.publish(this.#ownScreen);
    } catch (error) {
      this.#say(`The screen could not be shared (${error instanceof Error ? error.name : 'unknown'})`);
    }
  }

  #nextSlide(): void {
    const page = this.#page;
    if (page) void this.#mutate('PresentationSetPage', { presentationId: page.presentationId, pageId: `${page.presentationId}/${(page.num % page.totalPages) + 1}` });
  }

  #camerasChanged(rows: readonly CameraRow[]): void {
    this.#cameraRows = rows;
    const others = rows.filter(({ user }) => user.userId !== this.#me!.userId);
    const limit = this.#discovery.userdata.cameraViews ?? (this.#me!.isModerator ? others.length : VIEWER_PAGE);
    this.#viewed = new Set(others.slice(0, limit).map(({ streamId }) => streamId));
    this.#viewOthers();
  }

  #viewOthers(): void {
    const { camera, screen } = this.#discovery.bridges;
    const overSfu = camera === 'sfu' ? this.#viewed : new Set<string>();
    this.#cameras.view(overSfu);
    this.#screen.view(screen === 'sfu' && this.#screenShared);
    this.#livekit?.view(camera === 'livekit' ? this.#viewed : new Set(), screen === 'livekit' && this.#screenShared);
  }

  #voicesChanged(rows: readonly VoiceRow[]): void {
    for (const { userId, muted, talking, user } of rows) {
      if (userId === this.#me!.userId && muted !== this.#muted) {
        this.#muted = muted;
        this.#toolbar.audio(this.#audioState, muted);
        if (this.#discovery.bridges.audio === 'livekit') this.#livekit?.mute(muted);
      }
      if (talking) setText(this.#talking, `${user.name} speaks`);
      else if (this.#talking.textContent === `${user.name} speaks`) setText(this.#talking, '');
    }
  }

  async #leave(): Promise<void> {
    this.#stage = 'over';
    await this.#mutate('UserLeaveMeeting', {});
    this.#tearDown();
    this.#app.replaceChildren(el('main', { class: 'error' }, el('h1', { test: 'meetingEndedModalTitle' }, 'You have left the meeting'), el('p', {}, 'You can close this page.')));
  }

  #meetingEnded(reason: string): void {
    this.#stage = 'over';
    this.#app.replaceChildren(el('main', { class: 'error', test: 'meetingEndedModal' }, el('h1', { test: 'meetingEndedModalTitle' }, 'This meeting has ended'), el('p', {}, `Reason: ${reason}`)));
    setTimeout(() => this.#tearDown(), CLOSE_AFTER_END_MS);
  }

  #over(messageId: string): void {
    this.#stage = 'over';
    this.#tearDown();
    errorScreen(this.#app, messageId, errorText(messageId));
  }

  #tearDown(): void {
    this.#stopKeepAlive?.();
    this.#audio.leave();
    this.#cameras.close();
    this.#screen.close();
    this.#livekit?.close();
    for (const track of this.#ownScreen?.getTracks() ?? []) track.stop();
    for (const track of this.#ownCamera?.stream.getTracks() ?? []) track.stop();
    this.#graphql.close();
  }

  #nameOf(cameraId: string): string {
    return this.#cameraRows.find(({ streamId }) => streamId === cameraId)?.user.name ?? '';
  }

  #mutate(name: string, variables: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#graphql.request(name, variables).then(
      () => undefined,
      (error: Error) => console.warn(`${name}: ${error.message}`),
    );
  }

  #say(text: string): void {
    console.warn(text);
    const toast = el('div', { test: 'toastSmallMsg', class: 'toast' }, text);
    this.#toast.append(toast);
    setTimeout(() => toast.remove(), TOAST_MS);
  }
}

function playing(video: HTMLVideoElement): HTMLVideoElement {
  video.autoplay = video.muted = video.playsInline = true;
  return video;
}
