// A page where somebody writes (<form data-draft>): saved on this device a moment after a key press, and on
// the server a moment later. Of text typed on two pages the server saves two drafts
// (reflections/drafts/autosave.py). The states and what leads to them: docs/architecture.md.
const DEVICE_DELAY = 300; // ms after a key press until the device saves
const SERVER_DELAY = 1_500; // ms until the server saves
const RETRY_DELAY = 30_000; // ms, the longest
const MAX_KEEPALIVE_LENGTH = 60_000; // characters that browsers send from a page that is closing
const MAX_LENGTH = 500_000; // characters that the server takes
const RECENTLY = 5_000; // ms for which an answer shows that there is a connection

// Problems that no retry solves by itself.
const FINAL = ["signed-out", "other-person", "refused", "too-long"];

// What the status line shows. The first state whose test is true applies.
const STATES = [
  ["signed-out-here", (page) => page.isSignedOut],
  ["other-person", (page) => page.problem === "other-person"],
  ["conflict", (page) => page.isSaved && page.isInConflict],
  ["idle", (page) => page.isSaved && page.savedAt === undefined],
  ["saved", (page) => page.isSaved],
  ["signed-out", (page) => page.problem === "signed-out"],
  ["too-long", (page) => page.problem === "too-long"],
  ["refused", (page) => page.problem === "refused"],
  ["server-problem", (page) => page.problem === "server"],
  ["storing", (page) => page.isOffline && !page.isOnDevice && page.device.canStore],
  ["offline", (page) => page.isOffline],
  ["idle", (page) => page.savedAt === undefined],
  ["typing", () => true],
];

// States of text that the server does not have: the sentence says whether the device has it.
const UNSAVED = ["signed-out", "too-long", "refused", "server-problem", "offline"];

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class DraftEditor {
  constructor({ form, connection, device, OfflineQueue, text, signInUrl, introduced }) {
    Object.assign(this, { form, connection, device, text, signInUrl, introduced });
    this.area = form.elements.body;
    this.boxes = [this.area, form.elements.experiment].filter(Boolean);
    this.id = `${connection.person}:${form.dataset.draft}:${device.page}`;
    this.parts = this.findParts();
    this.version = form.elements.version.value;
    this.serverText = this.current; // as the server has it; undefined while nobody knows
    this.deviceText = undefined; // as the device has it; undefined for nothing
    this.sentText = this.current; // as it was sent last
    this.typedText = this.current;
    this.typedAt = 0; // by the server's clock
    this.savedAt = this.parts.saved.textContent ? null : undefined; // null: before the page was opened
    this.hasNotice = false; // a sentence that no later status replaces
    this.isIntroduced = false; // has the server confirmed that this person is signed in?
    this.isSignedOut = false;
    this.isGone = false; // nothing of this page is shown or stored any more
    this.isLeaving = false;
    this.isSubmitting = false;
    this.storing = Promise.resolve(); // one operation after another
    this.queue = new OfflineQueue({
      send: () => this.send(),
      hasUnsent: () => !this.isGone && !this.isSaved,
      changed: () => this.render(),
      isFinal: (problem) => FINAL.includes(problem),
      pause: SERVER_DELAY,
      longestWait: RETRY_DELAY,
    });
  }

  // The short form on the Today page has fewer parts.
  findParts() {
    const names = ["saved", "ago", "conflict", "compare", "discard", "to-try"];
    const find = (name) =>
      this.form.querySelector(`[data-${name}]`) ??
      Object.assign(document.createElement("p"), { hidden: true });
    return Object.fromEntries(names.map((name) => [name, find(name)]));
  }

  start() {
    // A browser stores what it completes automatically without encrypting it.
    for (const box of this.boxes) box.autocomplete = "off";
    this.listen();
    setInterval(() => this.render(), 5_000);
    return this.introduce();
  }

  listen() {
    this.form.addEventListener("input", () => {
      this.isLeaving = false;
      this.typed();
    });
    this.form.addEventListener("submit", (event) => this.submitted(event));
    new BroadcastChannel("signed-out").addEventListener("message", () => this.signedOut());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.sendBeforeLeaving();
    });
    window.addEventListener("signing-out", (event) => {
      event.detail.push(this.store().then(() => this.queue.flush()));
    });
    window.addEventListener("pagehide", () => this.sendBeforeLeaving());
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) this.returned();
    });
    window.addEventListener("online", () => {
      if (!this.isIntroduced) this.introduce();
    });
    window.addEventListener("beforeunload", (event) => {
      const isUnsaved = !this.isBlank && !this.isSaved && !this.isOnDevice;
      if (!this.isLeaving && !this.isGone && isUnsaved) event.preventDefault();
    });
  }

  // Facts ---------------------------------------------------------------------------------------

  get current() {
    return JSON.stringify(this.boxes.map((box) => box.value));
  }

  get isBlank() {
    return this.boxes.every((box) => !box.value.trim());
  }

  get isSaved() {
    return this.current === this.serverText;
  }

  get isOnDevice() {
    return this.current === this.deviceText;
  }

  get isInConflict() {
    return !this.parts.conflict.hidden;
  }

  get problem() {
    return this.queue.problem;
  }

  get isOffline() {
    return this.problem !== "" || !navigator.onLine;
  }

  get state() {
    return STATES.find(([, applies]) => applies(this))[0];
  }

  get fields() {
    const sent = Object.fromEntries(new FormData(this.form));
    delete sent.csrfmiddlewaretoken;
    const { version, typedAt, connection, device } = this;
    return { ...sent, version, page: device.page, person: connection.person, typed_at: typedAt };
  }

  // Saving --------------------------------------------------------------------------------------

  typed() {
    if (this.isGone) return;
    const { current } = this;
    if (current !== this.typedText) {
      this.typedAt = Math.max(this.connection.now(), this.typedAt + 1);
    }
    this.typedText = current;
    if (this.isSaved) {
      this.removeFromDevice(); // otherwise a slip that is undone would return from the device
      this.render();
      return;
    }
    const { address } = this.form.dataset;
    if (address) history.replaceState(history.state, "", address);
    this.deviceTimer ??= setTimeout(() => this.store(), DEVICE_DELAY);
    this.queue.schedule(this.problem ? RETRY_DELAY : SERVER_DELAY);
    this.render();
  }

  // Store the text on this device.
  store() {
    clearTimeout(this.deviceTimer);
    this.deviceTimer = undefined;
    const { current } = this;
    if (this.isGone || this.isSaved || !this.device.canStore) return this.storing;
    const encrypting = this.device.encrypt(this.id, {
      save: this.form.dataset.save,
      fields: this.fields,
    });
    return this.oneAfterAnother(async () => {
      const record = await encrypting;
      if (this.isGone || this.isSaved || current === this.deviceText) return;
      await this.device.put(record);
      this.deviceText = current;
      this.render();
    });
  }

  removeFromDevice() {
    return this.oneAfterAnother(async () => {
      if (this.deviceText === undefined) return;
      await this.device.remove(this.id);
      this.deviceText = undefined;
    });
  }

  oneAfterAnother(action) {
    this.storing = this.storing.then(action).catch(() => {});
    return this.storing;
  }

  // Save the text on the server. Resolves to a problem, or "".
  async send() {
    const { current, fields } = this;
    this.sentText = current;
    const { state, problem = "" } =
      fields.body.length > MAX_LENGTH
        ? { problem: "too-long" }
        : await this.connection.post(this.form.dataset.save, new URLSearchParams(fields));
    if (problem === "other-person") this.vanish();
    if (state) this.accept(state, current);
    // Without an answer nobody knows what the server has; nor after a page sent more as it was left.
    const isUnknown = ["offline", "server"].includes(problem);
    if (isUnknown || this.sentText !== current) this.serverText = undefined;
    return problem;
  }

  // Take the server's answer to what was sent: the state of this page's draft.
  accept(state, sent) {
    const isOther = state.body !== undefined; // the server has other text, typed later on this page
    if (isOther && this.current !== sent) return; // to be sent again
    this.version = state.version;
    if (isOther) this.fill(state);
    this.serverText = isOther ? this.current : sent;
    this.typedText = this.serverText;
    this.savedAt = state.version ? Date.now() : undefined;
    if (this.isSaved) this.removeFromDevice();
    this.updateCounters();
    this.showConflict(state);
    this.parts.discard.hidden = !state.version;
    if (state.discard) this.parts.discard.href = state.discard;
    this.noticeElsewhere(state);
  }

  showConflict({ compare }) {
    this.parts.conflict.hidden = !compare;
    if (compare) this.parts.compare.href = compare;
  }

  fill({ body, experiment }) {
    this.area.value = body;
    if (this.form.elements.experiment) this.form.elements.experiment.value = experiment;
    if (experiment) this.parts["to-try"].hidden = false;
  }

  updateCounters() {
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  noticeElsewhere({ kept, version, at }) {
    const changesReflection = "ofKept" in this.form.dataset;
    if (!version || Boolean(kept) === changesReflection) return;
    this.hasNotice = true;
    const sentence = kept ? "saved-elsewhere" : "deleted-elsewhere";
    this.showStatus(this.text(sentence), { href: at, label: this.text("continue-there") });
  }

  // Showing -------------------------------------------------------------------------------------

  render() {
    if (this.hasNotice) return;
    const { state, parts } = this;
    const link = state === "signed-out" ? this.signInLink() : null;
    this.showStatus(this.sentence(state), link);
    parts.saved.classList.toggle("late", this.problem !== "" && !this.isSaved);
    const isSaved = ["saved", "typing"].includes(state);
    // How long ago is not part of the status, or a screen reader would read it out over and over.
    const ago = isSaved ? this.savedAgo() : "";
    if (ago !== null && parts.ago.textContent !== ago) parts.ago.textContent = ago;
  }

  sentence(state) {
    if (state === "idle") return "";
    const key = UNSAVED.includes(state)
      ? `${state}-${this.isOnDevice ? "on-device" : "on-page"}`
      : state;
    return this.text(key, {
      count: this.area.value.length.toLocaleString(document.documentElement.lang),
    });
  }

  signInLink() {
    const next = this.form.dataset.address ?? location.pathname;
    const href = `${this.signInUrl}?next=${encodeURIComponent(next)}`;
    return { href, label: this.text("sign-in") };
  }

  showStatus(sentence, link) {
    const { saved, ago } = this.parts;
    const whole = link ? `${sentence} ${link.label}` : sentence;
    if (saved.textContent === whole) return;
    saved.replaceChildren(sentence);
    if (!link) return;
    const anchor = Object.assign(document.createElement("a"), {
      href: link.href,
      textContent: link.label,
    });
    saved.append(" ", anchor);
    ago.textContent = "";
  }

  // null: before the page was opened, so that the server's own words stay.
  savedAgo() {
    if (this.savedAt === null) return null;
    const seconds = (Date.now() - this.savedAt) / 1_000;
    if (seconds < 10) return this.text("just-now");
    const format = new Intl.RelativeTimeFormat(document.documentElement.lang);
    if (seconds < 60) return format.format(-Math.floor(seconds / 10) * 10, "second");
    const minutes = Math.floor(seconds / 60);
    return minutes < 60
      ? format.format(-minutes, "minute")
      : format.format(-Math.floor(minutes / 60), "hour");
  }

  // Somebody else's page now: remove every word of it.
  vanish() {
    this.isGone = true;
    this.queue.stop();
    for (const box of this.boxes) box.value = "";
    this.updateCounters();
    this.parts.conflict.hidden = true;
    this.removeFromDevice();
  }

  signedOut() {
    this.isSignedOut = true;
    this.vanish();
    this.render();
  }

  // Opening, leaving and returning ----------------------------------------------------------------

  // Get the key, and restore what this device has stored of the draft from a page that is gone.
  async introduce() {
    const before = this.current;
    const result = await this.device.connect();
    const { sent, problem } = result;
    this.queue.problem = problem;
    this.isIntroduced = !problem;
    if (problem === "other-person") this.vanish();
    for (const { state, draft } of sent) {
      // If something is typed already, it is sent in its turn.
      const isSame = draft.save === this.form.dataset.save;
      if (isSame && state.version && this.current === before) this.restore(state, draft, before);
    }
    if (["offline", "server"].includes(problem)) {
      setTimeout(() => this.introduce(), RETRY_DELAY / 6);
    }
    this.typed();
    this.render();
    await this.introduced(result);
  }

  restore(state, { fields }, before) {
    if (state.second) {
      this.showConflict(state); // what was stored is now a second draft beside the one on this page
      return;
    }
    const { body = fields.body, experiment = fields.experiment ?? "" } = state;
    this.accept({ ...state, body, experiment }, before);
  }

  async submitted(event) {
    if (this.isLeaving) return;
    event.preventDefault();
    if (this.isSubmitting) return;
    this.isSubmitting = true;
    await wait(0); // a form can't be submitted from its own submit event
    await this.submit(event.submitter);
    this.isSubmitting = false;
  }

  async submit(button) {
    const wasInConflict = this.isInConflict;
    const isReady = await this.isReadyToLeave();
    this.render();
    const { saved, conflict } = this.parts;
    if (!isReady) return saved.scrollIntoView({ block: "center" });
    if (this.isInConflict && !wasInConflict) return conflict.scrollIntoView({ block: "center" });
    this.isLeaving = true;
    this.form.elements.version.value = this.version;
    this.form.elements.page.value = this.device.page;
    // After signing in again elsewhere, it is another than the page came with.
    this.form.elements.csrfmiddlewaretoken.value = this.connection.token;
    this.form.requestSubmit(button);
  }

  // Is everything saved, and does the server answer? Without a connection, leaving would lose the page.
  async isReadyToLeave() {
    this.typed();
    await this.store();
    await this.queue.flush();
    if (this.isSaved && Date.now() - this.connection.answeredAt > RECENTLY) {
      this.queue.problem = (await this.connection.get(this.device.url)).problem ?? "";
    }
    return ["", "too-long"].includes(this.problem) && !this.isGone && !this.hasNotice;
  }

  // The page is hidden or closed, and may never run again.
  sendBeforeLeaving() {
    if (this.isLeaving || this.isGone || this.isSaved) return;
    this.store();
    const { fields } = this;
    if (fields.body.length >= MAX_KEEPALIVE_LENGTH) return;
    this.sentText = this.current;
    this.serverText = undefined;
    const body = new URLSearchParams(fields);
    this.connection.post(this.form.dataset.save, body, { keepalive: true });
  }

  // The browser shows the page again as it was left, perhaps to somebody else.
  async returned() {
    this.isLeaving = false;
    this.form.hidden = true;
    const { problem } = await this.connection.get(this.device.url);
    if (["signed-out", "other-person"].includes(problem)) location.reload();
    else if (problem) setTimeout(() => this.returned(), RETRY_DELAY / 6);
    else this.form.hidden = false;
  }
}
