// “Who do you know here?” (<form data-round-answer="URL">): every tap is saved, one request for several quick taps,
// again and again on a bad line. What is not saved yet stays on this device, encrypted, by safe-forms.js.
const load = (name) => import(document.querySelector(`link[data-module="${name}"]`).href);
const [{ Connection, OfflineQueue }, { pageTexts }] = await Promise.all(
  ["offline-queue", "page-text"].map(load),
);

const DELAY = 400; // ms that several taps share a request
const LONGEST_WAIT = 30_000; // ms
const FINAL = ["closed", "signed-out", "refused"];

class RoundAnswer {
  constructor(form) {
    const { clock, roundAnswer } = form.dataset;
    Object.assign(this, { form, url: roundAnswer, text: pageTexts("round-answer") });
    this.status = form.querySelector("[data-saved]");
    this.unsent = new Set(); // names of the people that were tapped
    this.hasSaved = false;
    this.connection = new Connection({ clock: Number(clock), token: "" });
    this.queue = new OfflineQueue({
      send: () => this.send(),
      hasUnsent: () => this.unsent.size > 0,
      changed: () => this.render(),
      isFinal: (problem) => FINAL.includes(problem),
      longestWait: LONGEST_WAIT,
    });
  }

  start() {
    this.form.querySelector("[data-save]").hidden = true; // every tap is saved
    for (const radio of this.form.querySelectorAll("[type=radio]")) {
      if (radio.checked && !radio.defaultChecked) this.unsent.add(radio.name); // tapped while this was loading
    }
    this.form.addEventListener("input", ({ target }) => this.tapped(target));
    if (this.unsent.size) this.queue.schedule(DELAY);
    this.render();
  }

  tapped({ name, type }) {
    if (type !== "radio") return;
    this.unsent.add(name);
    this.render();
    this.queue.schedule(DELAY);
  }

  get sessions() {
    return [...document.querySelectorAll("button[name=session]")];
  }

  // Resolves to a problem, or "".
  async send() {
    const data = new FormData(this.form);
    const sent = new Map([...this.unsent].map((name) => [name, data.get(name)]));
    const body = new URLSearchParams([["session", this.sessions[0].value], ...sent]);
    const { state, problem = "" } = await this.connection.post(this.url, body);
    if (state) this.accept(state, sent);
    return problem;
  }

  accept(state, sent) {
    const now = new FormData(this.form);
    const done = [...sent.keys()].filter((name) => now.get(name) === sent.get(name));
    for (const name of done) this.unsent.delete(name);
    for (const button of this.sessions) button.value = state.session;
    this.hasSaved = true;
    this.form.dispatchEvent(new CustomEvent("inputs-saved", { detail: done }));
  }

  render() {
    const { problem } = this.queue;
    this.status.classList.toggle("late", problem !== "");
    this.status.textContent = this.text(this.sentence());
  }

  sentence() {
    const { problem } = this.queue;
    if (problem && (this.unsent.size || FINAL.includes(problem))) {
      return ["offline", ...FINAL].includes(problem) ? problem : "server";
    }
    if (this.unsent.size) return navigator.onLine ? "saving" : "offline";
    return this.hasSaved ? "saved" : "ready";
  }
}

const form = document.querySelector("form[data-round-answer]");
if (form) new RoundAnswer(form).start();
