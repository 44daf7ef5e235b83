// Forms that lose no input: <form data-unsaved>. Input is stored on this device, encrypted, until the server has
// accepted it (docs/decisions/0014). Without a connection the form is sent again, instead of showing the browser's
// error page. Give each of several forms with the same action a value of its own: data-unsaved="VALUE".
// If the server stores input in a draft whenever it answers with a page, write data-unsaved data-server-draft; a form
// that confirms the draft has the action of the draft's form in data-unsaved-as, and never puts input back.
const load = (name) => import(document.querySelector(`link[data-module="${name}"]`).href);
const [{ inputRecords, importKey, encrypt, decrypt }, { OfflineQueue }, { pageTexts }] =
  await Promise.all(["draft-store", "offline-queue", "page-text"].map(load));

const STORE_DELAY = 300; // ms after a key press until the device saves
const TIMEOUT = 30_000; // ms that an answer may take
const ATTEMPTS = 5; // until the person must press the button again
const LONGEST_WAIT = 8_000; // ms between two attempts
const TOKEN = "csrfmiddlewaretoken";
const POSTED = "posted-form"; // in the session storage: the form that the browser itself is sending
const HOUR = 3_600_000; // ms

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const pathOf = (url) => {
  const { pathname, search } = new URL(url, location);
  return pathname + search;
};

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const randomId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

// What this device stores for the person who is signed in, or for the signed link of this page.
class InputStore {
  constructor({ key, person, hours }) {
    Object.assign(this, { person, keyText: key, lifetime: hours * HOUR });
    this.isWorking = true; // false once this browser has refused to store something
    this.opening = this.open();
  }

  // Resolves to the key, or to null: without HTTPS, or if the browser stores nothing.
  async open() {
    try {
      await this.removeOld();
      return await importKey(this.keyText);
    } catch {
      this.isWorking = false;
      return null;
    }
  }

  async removeOld() {
    for (const record of await inputRecords.all()) {
      const isOtherPersons = this.person && record.person && record.person !== this.person;
      if (isOtherPersons || record.expires < Date.now()) await inputRecords.remove(record.id);
    }
  }

  // A digest, because an action may contain a signed link.
  async idOf(form) {
    if (!(await this.opening)) return "";
    const action = form.dataset.unsavedAs || form.getAttribute("action") || location;
    const name = `${pathOf(action)} ${form.dataset.unsaved}`;
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name));
    return `${this.person}:${btoa(String.fromCharCode(...new Uint8Array(bytes)))}`;
  }

  async get(id) {
    const key = await this.opening;
    const record = key && (await inputRecords.get(id).catch(() => null));
    return record ? decrypt(key, record).catch(() => null) : null;
  }

  async put(id, value) {
    try {
      const { person, lifetime } = this;
      const record = await encrypt(await this.opening, id, value);
      await inputRecords.put({ ...record, person, expires: Date.now() + lifetime });
    } catch (error) {
      this.isWorking = false;
      throw error;
    }
  }

  async remove(id) {
    if (id) await inputRecords.remove(id).catch(() => {});
  }
}

// The form that this page answers, which the browser sent itself; null if it answers none.
const posted = takePosted();

function takePosted() {
  let value = null;
  try {
    value = JSON.parse(sessionStorage.getItem(POSTED));
    sessionStorage.removeItem(POSTED);
  } catch {
    // A browser that stores nothing.
  }
  const [navigation] = performance.getEntriesByType("navigation");
  // Otherwise the connection was lost, and the person went elsewhere.
  return value?.action === pathOf(location) && navigation?.type !== "back_forward" ? value : null;
}

class SafeForm {
  constructor(form, { store, text, signIn }) {
    Object.assign(this, { form, store, text, signIn });
    this.failure = document.getElementById("failure");
    this.first = this.values(); // as the page came
    this.names = new Set(); // of the inputs that differ from it, or did in an earlier page
    this.submission = randomId(); // another one for other input
    this.isGone = false; // accepted, or removed from this device
    this.isWhole = false; // does the device store all of it, instead of what differs from the page?
    this.isLeaving = false;
    this.button = null; // the one that was pressed, while the form is being sent
    this.hasServerDraft = "serverDraft" in form.dataset;
    this.queue = new OfflineQueue({
      send: () => this.send(),
      hasUnsent: () => this.button !== null,
      changed: () => {},
      isFinal: () => this.button === null,
      longestWait: LONGEST_WAIT,
    });
    this.listenToForm();
    this.listen();
    this.starting = this.start().catch(() => {});
    this.storing = this.starting; // one operation after another
  }

  async start() {
    this.id = await this.store.idOf(this.form);
    if (this.form.dataset.unsavedAs) return; // only the other form puts input back
    const stored = await this.store.get(this.id);
    const names = Object.keys(stored?.fields ?? {}).filter((name) => !this.isHidden(name));
    const isShown = names.every((name) => isSame(stored.fields[name], this.first[name]));
    this.isWhole = posted?.id === this.id && (isShown || this.hasErrors);
    if (this.isWhole) await this.put();
    else if (stored && isShown) await this.store.remove(this.id); // the server has it
    else if (stored && !this.isTouched) await this.restore(stored, names);
  }

  listenToForm() {
    // A browser stores what it completes automatically without encrypting it.
    for (const area of this.form.querySelectorAll("textarea")) area.autocomplete = "off";
    this.form.addEventListener("submit", (event) => this.submitted(event));
    // Another script has saved the inputs with these names.
    this.form.addEventListener("inputs-saved", ({ detail }) => this.acceptInputs(detail));
  }

  listen() {
    document.addEventListener("input", ({ target }) => {
      if (target.form === this.form && !this.isRestoring) this.changed(target.name);
    });
    document.addEventListener("htmx:beforeSwap", ({ detail }) => this.beforeSwap(detail));
    document.addEventListener("htmx:afterSettle", () => this.replaceForm());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.save();
    });
    window.addEventListener("pagehide", () => {
      this.save();
      if (this.button) this.finish(); // a page that was left sends nothing more
    });
    window.addEventListener("pageshow", ({ persisted }) => {
      if (persisted && this.isGone) location.reload(); // the server has accepted it
    });
    window.addEventListener("beforeunload", (event) => {
      const isAtRisk = this.hasInput && !this.store.isWorking;
      if (isAtRisk && !this.isLeaving) event.preventDefault();
    });
    window.addEventListener("signing-out", (event) => event.detail.push(this.save()));
    new BroadcastChannel("signed-out").addEventListener("message", () => {
      if (this.store.person) this.vanish();
    });
  }

  // Input ---------------------------------------------------------------------------------------

  get data() {
    return new FormData(this.form);
  }

  get inputs() {
    return [...this.form.elements].filter(
      ({ name, type }) => name && name !== TOKEN && !["file", "submit", "password"].includes(type),
    );
  }

  // The values of each name, in the order of the page.
  values() {
    const { data } = this;
    return Object.fromEntries(this.inputs.map(({ name }) => [name, data.getAll(name)]));
  }

  get hiddenInputs() {
    return this.inputs.filter(({ type }) => type === "hidden");
  }

  isHidden(name) {
    return this.hiddenInputs.some((input) => input.name === name);
  }

  get hasErrors() {
    return this.form.querySelector("[data-error-summary]") !== null;
  }

  get isTouched() {
    return this.isWhole || this.names.size > 0;
  }

  // Does the form hold anything that the server does not have?
  get hasInput() {
    if (this.isGone) return false;
    if (this.isWhole || this.hasErrors) return true;
    const values = this.values();
    return [...this.names].some((name) => !isSame(values[name], this.first[name]));
  }

  changed(name) {
    this.names.add(name);
    this.isLeaving = false;
    this.isGone = false;
    this.submission = randomId();
    this.timer ??= setTimeout(() => this.save(), STORE_DELAY);
  }

  acceptInputs(names) {
    const values = this.values();
    for (const name of names) {
      this.first[name] = values[name];
      this.names.delete(name);
    }
    return this.oneAfterAnother(async () => {
      if (this.hasInput) await this.put();
      else await this.store.remove(this.id);
    });
  }

  // Store the input that differs from the page. Hidden inputs come along: they hold the version of what was edited.
  save() {
    clearTimeout(this.timer);
    this.timer = undefined;
    return this.oneAfterAnother(async () => {
      if (this.isGone || !this.store.isWorking || !this.isTouched) return;
      if (this.hasInput) await this.put();
      else await this.store.remove(this.id);
    });
  }

  async put() {
    const values = this.values();
    const names = this.isWhole
      ? Object.keys(values)
      : [...this.names, ...this.hiddenInputs.map(({ name }) => name)];
    const fields = Object.fromEntries(names.map((name) => [name, values[name] ?? []]));
    await this.store.put(this.id, { fields, submission: this.submission });
  }

  oneAfterAnother(action) {
    this.storing = this.storing.then(action).catch(() => {});
    return this.storing;
  }

  async restore(stored, names) {
    this.hiddenBefore = this.hiddenInputs.map((input) => [input, input.value]);
    for (const name of names) this.names.add(name);
    this.submission = stored.submission;
    this.fill(stored.fields);
    this.form.closest("details")?.setAttribute("open", "");
    if (!this.hasServerDraft || !(await this.showServerDraft().catch(() => false))) this.showNote();
  }

  // The page of the draft says more than its inputs, such as what is wrong with a date. Resolves to false if the server
  // does not store the draft.
  async showServerDraft() {
    const { form, data } = this;
    const body = new URLSearchParams(data);
    const signal = AbortSignal.timeout(TIMEOUT);
    const response = await fetch(pathOf(form.getAttribute("action")), { method: "POST", body, signal });
    if (!response.ok) return false;
    await this.letServerDraftGo();
    location.replace(pathOf(location));
    return true;
  }

  // The server has stored the draft.
  async letServerDraftGo() {
    this.isGone = true;
    this.isLeaving = true;
    this.names.clear();
    await this.store.remove(this.id);
  }

  fill(fields) {
    const rest = structuredClone(fields);
    this.isRestoring = true;
    for (const input of this.inputs) {
      const values = rest[input.name];
      if (!values) continue;
      if (["checkbox", "radio"].includes(input.type)) input.checked = values.includes(input.value);
      else if (input.options) {
        for (const option of input.options) option.selected = values.includes(option.value);
      } else if (values.length) input.value = values.shift();
      if (input.type !== "hidden") input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.isRestoring = false;
  }

  showNote() {
    const note = Object.assign(document.createElement("div"), { className: "note stack" });
    note.setAttribute("role", "status");
    const sentence = Object.assign(document.createElement("p"), {
      textContent: this.text("restored"),
    });
    const button = Object.assign(document.createElement("button"), {
      className: "button small",
      type: "button",
      textContent: this.text("discard"),
    });
    button.addEventListener("click", () => this.discard(note));
    const row = Object.assign(document.createElement("div"), { className: "row" });
    row.append(button);
    note.append(sentence, row);
    this.form.prepend(note);
  }

  async discard(note) {
    await this.vanish();
    this.isGone = false;
    note.remove();
    this.inputs.find(({ type }) => type !== "hidden")?.focus();
  }

  // Show the form as the page came, and remove the input from this device.
  async vanish() {
    this.isGone = true;
    this.names.clear();
    this.form.reset();
    for (const [input, value] of this.hiddenBefore ?? []) input.value = value;
    this.isRestoring = true;
    for (const input of this.inputs) input.dispatchEvent(new Event("input", { bubbles: true }));
    this.isRestoring = false;
    await this.oneAfterAnother(() => this.store.remove(this.id));
  }

  // Sending -------------------------------------------------------------------------------------

  async submitted(event) {
    if (this.isNative) return;
    event.preventDefault();
    if (this.button) return;
    this.button = event.submitter ?? this.form.querySelector("button:not([type=button])");
    this.label = this.button.textContent.trim();
    this.content = [...this.button.childNodes];
    this.attempts = 0;
    this.failure.textContent = "";
    this.form.setAttribute("aria-busy", "true");
    await this.save();
    this.queue.retryNow();
  }

  // Resolves to a problem, or "".
  async send() {
    this.attempts += 1;
    const { problem = "", url, status } = await this.attempt();
    if (url) await this.accepted(url);
    else if (!this.button) return "";
    else if (status) this.sendNatively(status);
    else if (problem === "signed-out" && this.store.isWorking) this.goToSignIn();
    else if (["signed-out", "other-person"].includes(problem)) this.giveUp(problem);
    else if (this.attempts < ATTEMPTS) this.showRetrying();
    else this.giveUp(`${problem}-${this.store.isWorking ? "stored" : "on-page"}`);
    return problem;
  }

  async attempt() {
    try {
      let response = await this.request();
      if (response.status === 403) {
        const problem = await this.renewToken();
        if (problem) return { problem };
        response = await this.request();
      }
      const url = response.headers.get("X-Redirect");
      if (url && new URL(url, location).pathname === this.signIn) return { problem: "signed-out" };
      if (url) return { url };
      if (response.status >= 500 || response.status === 429) {
        // Some views say in the form why they can't save it.
        const holdsForm = (await response.text()).includes("data-unsaved");
        return holdsForm ? { status: response.status } : { problem: "server" };
      }
      return { status: response.status };
    } catch {
      return { problem: "offline" };
    }
  }

  get action() {
    const action = this.button.getAttribute("formaction") || this.form.getAttribute("action");
    return pathOf(action || location);
  }

  request() {
    const { form, button, submission, store } = this;
    const body = new FormData(form);
    // Without the button, the server only stores the draft, which is quicker. The browser sends it once more, with it.
    if (button.name && !this.hasServerDraft) body.append(button.name, button.value);
    const isMultipart = form.enctype === "multipart/form-data";
    return fetch(this.action, {
      method: "POST",
      body: isMultipart ? body : new URLSearchParams(body),
      headers: { "X-Submission": store.person ? submission : "" },
      signal: AbortSignal.timeout(TIMEOUT),
    });
  }

  // A CSRF token ends with its session: after signing in on another tab there is another.
  async renewToken() {
    const input = this.form.elements[TOKEN];
    if (!input) return "";
    const response = await fetch(location.href, { signal: AbortSignal.timeout(TIMEOUT) });
    if (new URL(response.url).pathname === this.signIn) return "signed-out";
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const { person } = page.querySelector("meta[name=input-storage]")?.dataset ?? {};
    if (person && person !== this.store.person) return "other-person";
    const fresh = page.querySelector(`[name=${TOKEN}]`);
    if (fresh) input.value = fresh.value;
    return "";
  }

  async accepted(url) {
    this.isGone = true;
    this.isLeaving = true;
    await this.oneAfterAnother(() => this.store.remove(this.id));
    this.queue.stop();
    const target = new URL(url, location);
    if (target.hash && pathOf(target) === pathOf(location)) {
      // Opening it would only scroll.
      history.replaceState(history.state, "", target);
      location.reload();
    } else location.assign(target);
  }

  // The server answered with a page, such as this form with errors. The browser gets it by sending the form itself.
  async sendNatively(status) {
    const { button, action, id } = this;
    this.finish();
    this.isNative = true;
    this.isLeaving = true;
    try {
      if (this.hasServerDraft && status < 400) await this.letServerDraftGo();
      else {
        const value = { id, action, status, url: location.href };
        sessionStorage.setItem(POSTED, JSON.stringify(value));
      }
    } catch {
      // The page that follows then offers to put back what it shows already.
    }
    this.form.requestSubmit(button.form === this.form ? button : null);
    await wait(0);
    this.isNative = false;
  }

  // A draft on the server ends with the session, so all of it is stored here.
  async goToSignIn() {
    if (this.button) this.finish();
    this.isLeaving = true;
    this.isWhole = this.hasServerDraft;
    await this.save();
    location.assign(`${this.signIn}?next=${encodeURIComponent(pathOf(location))}`);
  }

  showRetrying() {
    this.button.setAttribute("aria-live", "polite");
    this.button.textContent = this.text("retrying");
  }

  giveUp(problem) {
    this.failure.textContent = this.text(problem, { button: this.label });
    this.finish();
  }

  finish() {
    this.button.replaceChildren(...this.content);
    this.button = null;
    this.form.removeAttribute("aria-busy");
  }

  // htmx ------------------------------------------------------------------------------------------

  beforeSwap(detail) {
    const isSignIn = new URL(detail.xhr.responseURL || location).pathname === this.signIn;
    if (detail.target !== this.form || !isSignIn) return;
    detail.shouldSwap = false;
    this.goToSignIn();
  }

  // After htmx has put another form in the place of this one, with the input that the server has stored.
  replaceForm() {
    const form = !this.form.isConnected && this.form.id && document.getElementById(this.form.id);
    if (!form) return;
    this.form = form;
    this.first = this.values();
    this.names.clear();
    this.isWhole = false;
    this.listenToForm();
    this.oneAfterAnother(() => this.store.remove(this.id));
  }
}

const { dataset } = document.querySelector("meta[name=input-storage]");
const store = new InputStore(dataset);
const text = pageTexts("safe-forms");
const forms = [...document.querySelectorAll("form[data-unsaved]")].map(
  (form) => new SafeForm(form, { store, text, signIn: dataset.signIn }),
);
await Promise.all(forms.map(({ starting }) => starting));
if (posted) {
  // Going back to a page that answered a POST would ask to send the form again, or fail.
  history.replaceState(history.state, "", posted.url);
  // A page without the form has replaced it: the server has accepted it, or shows what it could not accept.
  const isReplaced = posted.status < 400 && !forms.some(({ id }) => id === posted.id);
  if (isReplaced) await store.remove(posted.id);
}
