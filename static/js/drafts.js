// Words are saved as they are typed: on this device at once, on the server a moment later. What the device keeps is sealed
// with a key that the server hands to its writer alone and that is never stored; it goes as soon as the server has the
// words, and at the latest when they sign out. For <form data-draft>, and for [data-drafts], where the unfinished is listed.
// Of words typed in two places the server keeps both (reflections/drafts/autosave.py).
const DEVICE_AFTER = 300; // how long after a letter the device has it
const SERVER_AFTER = 1_500; // and the server
const PATIENCE = 10_000; // how long an answer may take
const LONGEST_WAIT = 30_000;
const GOES_ALONG = 60_000; // characters that a browser still sends as its page goes
const LONGEST = 500_000; // characters that the server takes
const LETTERS = "23456789abcdefghjkmnpqrstuvwxyz";

const place = document.querySelector("[data-device]"); // whose page this is, and where the server is asked
const form = document.querySelector("form[data-draft]");
const unfinished = document.querySelector("[data-drafts]");
if (place) begin();

function begin() {
  const { person, device, signIn } = place.dataset;
  const page = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  const signedOut = new BroadcastChannel("signed-out");
  let token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  // The server's clock less the device's, which may be wrong; known better with each answer.
  let ahead = Number(place.dataset.clock) - (performance.timeOrigin + performance.getEntriesByType("navigation")[0].responseStart);
  let key; // seals what this page keeps on the device…
  let box; // …and stands beside it, in a box that only the server opens
  let isKeeping = true; // can this browser keep anything?
  let isGone = false; // nothing of this page is shown or kept any more

  const now = () => Math.round(Date.now() + ahead);

  // What this device keeps ------------------------------------------------------------------------------------------

  const store = {
    opened: null,
    async open() {
      this.opened ??= await new Promise((resolve, reject) => {
        const asked = indexedDB.open("convenor", 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore("drafts", { keyPath: "id" });
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
      });
      return this.opened;
    },
    async do(mode, deed) {
      const database = await this.open();
      return new Promise((resolve, reject) => {
        // Strict: on the disk when it says so, should the phone die.
        const turn = database.transaction("drafts", mode, { durability: mode === "readwrite" ? "strict" : "default" });
        const asked = deed(turn.objectStore("drafts"));
        turn.oncomplete = () => resolve(asked.result);
        turn.onerror = turn.onabort = () => reject(turn.error);
      });
    },
    put: (kept) => store.do("readwrite", (drafts) => {
      const asked = drafts.put(kept);
      drafts.transaction.commit?.(); // though the page end now
      return asked;
    }).catch((error) => { isKeeping = false; throw error; }),
    // What was read from here, unless its page has put newer words in its place.
    forget: ({ id, iv }) => store.do("readwrite", (drafts) => {
      const asked = drafts.get(id);
      asked.onsuccess = () => { if (asked.result && indexedDB.cmp(asked.result.iv, iv) === 0) drafts.delete(id); };
      return asked;
    }),
    clear: (id) => store.do("readwrite", (drafts) => drafts.delete(id)),
    all: () => store.do("readonly", (drafts) => drafts.getAll()),
  };
  const bytes = (text) => new TextEncoder().encode(text);
  const opened = (text) => crypto.subtle.importKey("raw", Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)), "AES-GCM", false, ["encrypt", "decrypt"]);

  async function seal(id, words) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const secret = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytes(id) }, key, bytes(JSON.stringify(words)));
    return { id, person, box, iv, secret };
  }

  async function unseal({ id, iv, secret }, text) {
    const words = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: bytes(id) }, await opened(text), secret);
    return JSON.parse(new TextDecoder().decode(words));
  }

  // Speaking with the server ----------------------------------------------------------------------------------------

  async function ask(address, fields, options = {}) {
    const asked = Date.now();
    const answer = await fetch(address, {
      method: "POST", body: new URLSearchParams(fields), cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE),
      headers: { Accept: "application/json", "X-CSRFToken": token }, ...options,
    });
    const isOurs = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
    if (!isOurs) return { trouble: answer.status === 403 ? "token" : answer.status === 400 ? "long" : "ours" };
    const state = await answer.json();
    if (state.out) return { trouble: "out" };
    if (state.stranger || (state.me && state.me !== person)) return { trouble: "other" };
    if (state.too_long) return { trouble: "long" };
    if (!answer.ok) return { trouble: "refused" };
    ahead = Math.min(Math.max(ahead, state.clock - Date.now()), state.clock - asked);
    token = state.token;
    return { state };
  }

  // A token goes with its session: who has signed in again since has another.
  async function tell(address, fields, options) {
    try {
      const told = await ask(address, fields, options);
      if (told.trouble !== "token") return told;
      const fresh = await ask(device, {}, { method: "GET", body: null });
      return fresh.trouble ? fresh : await ask(address, fields, options);
    } catch {
      return { trouble: "signal" };
    }
  }

  async function introduce() {
    let kept = [];
    try {
      kept = await store.all();
    } catch { /* a browser that keeps nothing */ }
    const mine = kept.filter((one) => one.person === person);
    const told = await tell(device, mine.map((one) => ["box", one.box]));
    if (told.trouble) return { trouble: told.trouble, left: mine };
    for (const one of kept) if (one.person !== person) await store.forget(one); // somebody else's, who was here before
    try {
      key = await opened(told.state.key);
      box = told.state.box;
    } catch { /* not over https: nothing can be sealed, so nothing is kept */ }
    const sent = await sendKept(mine, told.state.keys);
    if (unfinished) await list(sent, store);
    return sent;
  }

  // What an earlier page left here goes to the server, which knows what came before it and what since.
  async function sendKept(kept, keys) {
    const sent = { states: [], left: [], stuck: [] };
    for (const one of kept) {
      if (one.id.endsWith(`:${page}`) || !keys[one.box]) continue;
      let words;
      try {
        words = await unseal(one, keys[one.box]);
      } catch {
        continue;
      }
      const { state, trouble } = await tell(words.save, { ...words.fields, person });
      if (state) {
        sent.states.push({ state, words });
        await store.forget(one);
      } else if (["refused", "long"].includes(trouble)) {
        sent.stuck.push({ one, words });
      } else {
        sent.left.push(one);
        sent.trouble = trouble;
      }
    }
    return sent;
  }

  const shared = {
    person, device, signIn, page, store, seal, tell, introduce, now, signedOut, fresh: () => token,
    canKeep: () => Boolean(key) && isKeeping, isGone: () => isGone, leave: () => { isGone = true; },
  };
  if (form) write(shared);
  else introduce();
}

// A page where one writes ---------------------------------------------------------------------------------------------

function write({ person, device, signIn, page, store, seal, tell, introduce, now, signedOut, fresh, canKeep, isGone, leave }) {
  const { draft: entry, save, address } = form.dataset;
  const id = `${person}:${entry}:${page}`;
  const area = form.elements.body;
  // Home's short form has fewer parts.
  const part = (name) => form.querySelector(`[data-${name}]`) ?? Object.assign(document.createElement("p"), { hidden: true });
  const [said, ago, two, other, discard, toTry] = ["saved", "ago", "two", "other", "discard", "to-try"].map(part);
  const boxes = () => [area, form.elements.experiment].filter(Boolean);
  const written = () => JSON.stringify(boxes().map((one) => one.value));
  const isBlank = () => boxes().every((one) => !one.value.trim());
  let version = form.elements.version.value;
  let saved = written(); // as the server has it, or as it came; undefined while nobody knows
  let lastSent = saved; // what went to the server last, by whatever way
  let kept; // as the device has it; undefined while it has nothing
  let savedAt = said.textContent ? null : undefined; // null: before this page was opened
  let typedAt = 0;
  let lastTyped = saved;
  let trouble = "";
  let notice = ""; // what is said once, instead
  let tries = 0;
  let isKnown = false; // has the server said that this person is here still?
  let heardAt = 0;
  let isAsked = false; // to be sent, by a button
  let isLeaving = false;
  let deviceTimer, serverTimer, sending;
  let keeping = Promise.resolve(); // one thing after the other

  // Saving ----------------------------------------------------------------------------------------------------------

  function fields() {
    const given = Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken"));
    return { ...given, version, page, person, typed_at: typedAt };
  }

  function typed() {
    const words = written();
    if (isGone()) return;
    if (words !== lastTyped) typedAt = Math.max(now(), typedAt + 1);
    lastTyped = words;
    if (words === saved) { forget(); show(); return; } // a slip that is undone would come back from the device
    if (address) history.replaceState(history.state, "", address);
    deviceTimer ??= setTimeout(keep, DEVICE_AFTER);
    serverTimer ??= setTimeout(sync, trouble ? LONGEST_WAIT : SERVER_AFTER);
    show();
  }

  function keep() {
    clearTimeout(deviceTimer);
    deviceTimer = undefined;
    const words = written();
    if (isGone() || words === saved || !canKeep()) return keeping;
    const sealing = seal(id, { save, fields: fields() });
    keeping = keeping.then(async () => {
      const sealed = await sealing;
      if (isGone() || words === kept || written() === saved) return;
      await store.put(sealed);
      kept = words;
      show();
    }).catch(() => {});
    return keeping;
  }

  function forget() {
    keeping = keeping.then(async () => {
      if (kept === undefined) return;
      await store.clear(id);
      kept = undefined;
    }).catch(() => {});
  }

  async function sync() {
    clearTimeout(serverTimer);
    serverTimer = undefined;
    while (sending) await sending;
    if (isGone() || written() === saved) return;
    sending = send();
    await sending;
    sending = undefined;
    show();
    if (!isGone() && written() !== saved) {
      const wait = trouble ? Math.min(2_000 * 2 ** (tries - 1), LONGEST_WAIT) * (0.75 + Math.random() / 2) : SERVER_AFTER;
      if (!["out", "other", "refused", "long"].includes(trouble)) serverTimer ??= setTimeout(sync, wait);
    }
  }

  async function send() {
    const words = written();
    const given = fields();
    lastSent = words;
    const told = given.body.length > LONGEST ? { trouble: "long" } : await tell(save, given);
    trouble = told.trouble ?? "";
    tries = trouble ? tries + 1 : 0;
    if (!trouble) heardAt = Date.now();
    if (trouble === "other") vanish();
    if (told.state) take(told.state, words);
    // It may have got there though no answer came; and what went as the page was left has none.
    if (["signal", "ours"].includes(trouble) || lastSent !== words) saved = undefined;
  }

  // How the draft stands on the server, now that it has these words.
  function take(state, words) {
    const isStill = written() === words;
    if (state.body !== undefined && !isStill) return; // sent again, as words that have not seen the newer ones there
    version = state.version;
    if (state.body !== undefined) {
      area.value = state.body;
      if (form.elements.experiment) form.elements.experiment.value = state.experiment;
      if (state.experiment) toTry.hidden = false;
      words = written();
    }
    saved = lastTyped = words;
    savedAt = version ? Date.now() : undefined;
    if (written() === saved) forget();
    area.dispatchEvent(new Event("input", { bubbles: true })); // for those who count
    two.hidden = !state.other;
    other.textContent = state.other ?? "";
    discard.hidden = !version;
    if (state.kept && !("ofKept" in form.dataset) && version) remark("This was kept on another page meanwhile. What you have written since is saved as a change to it.", state.at, "Go on there");
    if (!state.kept && "ofKept" in form.dataset && version) remark("This reflection was deleted meanwhile. What you have written is saved as a new one.", state.at, "Go on there");
  }

  // Showing ---------------------------------------------------------------------------------------------------------

  function remark(text, href, label) {
    notice = text;
    tellLink(text, href, label);
  }

  function tellLink(text, href, label) {
    const link = document.createElement("a");
    Object.assign(link, { href, textContent: label });
    said.replaceChildren(text, " ", link);
    ago.textContent = "";
  }

  function standing() {
    const isKept = kept === written();
    const onDevice = isKept ? "It is safe on this device" : "Leave this page open: this browser keeps nothing";
    if (trouble === "other") return "Somebody else has signed in here. What was written on this page is shown to nobody.";
    if (trouble === "gone") return "You have signed out.";
    if (!two.hidden && written() === saved) return "Saved. You wrote this on another page, too: choose below.";
    if (written() === saved) return savedAt === undefined ? "" : "Saved";
    if (trouble === "out") return `You have been signed out. ${onDevice}.`;
    if (trouble === "long") return `This has ${area.value.length.toLocaleString("en-GB")} characters, more than can be saved. ${onDevice}; shorten it, or make two of it.`;
    if (trouble === "refused") return `The server does not take this, as you are in the cohort no more. ${onDevice}.`;
    if (trouble === "ours") return isKept ? "Saved on this device. The server has a problem, and is asked again." : `The server has a problem. ${onDevice}.`;
    if (trouble || !navigator.onLine) return isKept ? "Saved on this device, and sent when there is a signal." : canKeep() ? "Saving…" : `No signal. ${onDevice}.`;
    return savedAt === undefined ? "" : "Saved";
  }

  function since() {
    if (savedAt === null) return null;
    const seconds = (Date.now() - savedAt) / 1_000;
    if (seconds < 10) return "just now";
    if (seconds < 60) return `${Math.floor(seconds / 10) * 10} seconds ago`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return minutes === 1 ? "1 minute ago" : `${minutes} minutes ago`;
    return minutes < 120 ? "1 hour ago" : `${Math.floor(minutes / 60)} hours ago`;
  }

  function show() {
    if (notice) return;
    const words = standing();
    // How long ago stands outside what a screen reader is told of: it would be read out over and over.
    if (trouble === "out" && written() !== saved) tellLink(words, `${signIn}?next=${encodeURIComponent(address ?? location.pathname)}`, "Sign in, and it is sent");
    else if (said.textContent !== words) said.textContent = words;
    said.classList.toggle("late", trouble !== "" && written() !== saved);
    const when = words === "Saved" ? since() : "";
    if (when !== null && ago.textContent !== when) ago.textContent = when;
  }

  // Somebody else's page now: not a word of it is shown any more.
  function vanish() {
    leave();
    for (const one of boxes()) one.value = "";
    area.dispatchEvent(new Event("input", { bubbles: true })); // for those who count
    other.textContent = "";
    two.hidden = true;
    forget();
  }

  // Coming and going ------------------------------------------------------------------------------------------------

  // What this device kept of it, from a page that is gone.
  async function bringBack() {
    const before = written();
    const sent = await introduce();
    trouble = sent.trouble ?? "";
    isKnown = !trouble;
    if (trouble === "other") vanish();
    for (const { state, words } of sent.states ?? []) {
      // Where something is typed already, it is sent in its turn, and the server joins the two.
      if (words.save !== save || !state.version || written() !== before) continue;
      take({ ...state, body: state.body ?? words.fields.body, experiment: state.experiment ?? words.fields.experiment ?? "" }, before);
    }
    if (["signal", "ours"].includes(trouble)) setTimeout(bringBack, LONGEST_WAIT / 6);
    typed();
    show();
  }

  // Is everything on the server, and does it answer? A page that leaves without a signal never comes to another.
  async function isSafe() {
    typed();
    await keep();
    await sync();
    if (written() === saved && Date.now() - heardAt > 5_000) trouble = (await tell(device, {})).trouble ?? "";
    return ["", "long"].includes(trouble) && !isGone() && !notice;
  }

  async function submit(button) {
    const hadTwo = !two.hidden;
    const isReady = await isSafe();
    show();
    if (!isReady) { said.scrollIntoView({ block: "center" }); return; }
    if (!hadTwo && !two.hidden) { two.scrollIntoView({ block: "center" }); return; }
    isLeaving = true;
    form.elements.version.value = version;
    form.elements.page.value = page;
    form.elements.csrfmiddlewaretoken.value = fresh(); // who has signed in again elsewhere has another than the page came with
    form.requestSubmit(button);
  }

  function going() {
    if (isLeaving || isGone() || written() === saved) return;
    keep();
    const given = fields();
    if (given.body.length >= GOES_ALONG) return;
    lastSent = written();
    saved = undefined;
    tell(save, given, { keepalive: true });
  }

  // The browser shows the page again as it was left; perhaps to somebody else.
  async function comeBack() {
    form.hidden = true;
    const { trouble } = await tell(device, {});
    if (["out", "other"].includes(trouble)) location.reload();
    else if (trouble) setTimeout(comeBack, LONGEST_WAIT / 6);
    else form.hidden = false;
  }

  form.addEventListener("input", () => { isLeaving = false; typed(); });
  form.addEventListener("submit", async (event) => {
    if (isLeaving) return;
    event.preventDefault();
    if (isAsked) return;
    const button = event.submitter;
    isAsked = true;
    await new Promise((resolve) => { setTimeout(resolve); }); // a form is not sent while it is being sent
    await submit(button);
    isAsked = false;
  });
  for (const one of boxes()) one.autocomplete = "off"; // what a browser remembers by itself, it remembers in the clear
  signedOut.addEventListener("message", () => { trouble = "gone"; vanish(); show(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) going(); else sync(); });
  window.addEventListener("signing-out", (event) => event.detail.push(keep().then(sync)));
  window.addEventListener("pagehide", going);
  window.addEventListener("pageshow", (event) => { if (event.persisted) { isLeaving = false; comeBack(); } });
  window.addEventListener("online", () => { tries = 0; if (isKnown) sync(); else bringBack(); });
  window.addEventListener("offline", show);
  window.addEventListener("beforeunload", (event) => {
    if (!isLeaving && !isGone() && !isBlank() && written() !== saved && written() !== kept) event.preventDefault();
  });
  setInterval(show, 5_000);
  bringBack();
}

// A page that lists what is unfinished --------------------------------------------------------------------------------

async function list({ states, left, stuck, trouble }, store) {
  if (states.length) await refresh();
  if (left.length && ["signal", "ours"].includes(trouble)) add("Something that you wrote is only on this device as yet. It is sent when there is a signal.");
  for (const { one, words } of stuck) {
    const note = add("This could not be sent, and is only on this device:");
    const text = Object.assign(document.createElement("div"), { className: "words as-typed", dir: "auto", textContent: words.fields.body });
    const button = Object.assign(document.createElement("button"), { className: "button", type: "button", textContent: "Throw it away" });
    button.addEventListener("click", async () => { await store.forget(one); note.remove(); });
    note.append(text, button);
  }
}

async function refresh() {
  const answer = await fetch(location.href, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-drafts]");
  if (!fresh) return;
  unfinished.replaceChildren(...fresh.childNodes);
  unfinished.hidden = fresh.hidden;
}

function add(text) {
  const note = Object.assign(document.createElement("div"), { className: "note stack" });
  note.setAttribute("role", "status");
  note.append(Object.assign(document.createElement("p"), { textContent: text }));
  unfinished.prepend(note);
  unfinished.hidden = false;
  return note;
}
