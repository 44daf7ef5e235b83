// The register in the room (<form data-register>). A tap is stored on the phone until the server has it, and
// sent when there is a signal: who (an id, no name), which mark, and when, by the server's clock. A mark that
// is sent twice is the same mark, and of two people's marks the later tap counts. A register of more than a
// hundred people has pages (data-people): this is one of them, and the totals count all.
const load = (name) => import(document.querySelector(`link[data-module="${name}"]`).href);
const [{ Connection, OfflineQueue }, { pageTexts }] = await Promise.all(
  ["offline-queue", "page-text"].map(load),
);

const POLL = 15_000; // ms between requests for the marks of others
const RETRY_DELAY = 60_000; // ms, the longest
const TIMES = ["came", "went"];
const FIELDS = ["mark", ...TIMES];
const NO_MARK = { mark: "", came: "", went: "" };

const markOf = (row) => row.querySelector("[name$='-mark']:checked")?.value ?? "";
const inputOf = (row, name) => row.querySelector(`[name$="-${name}"]`);

// Taps that the server has not accepted, by member: in memory and on this phone.
class UnsentTaps extends Map {
  constructor(person, register) {
    super();
    this.ownPrefix = `register:${person}:`;
    this.prefix = `${this.ownPrefix}${register}:`;
    this.isStored = true; // false once this browser has refused to store something
    this.restore();
  }

  restore() {
    this.tryToStore(() => {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(this.prefix)) {
          super.set(key.slice(this.prefix.length), JSON.parse(localStorage.getItem(key)));
        } else if (key.startsWith("register:") && !key.startsWith(this.ownPrefix)) {
          localStorage.removeItem(key); // of somebody else who used this browser before
        }
      }
    });
  }

  set(member, tap) {
    this.tryToStore(() => localStorage.setItem(this.prefix + member, JSON.stringify(tap)));
    return super.set(member, tap);
  }

  delete(member) {
    this.tryToStore(() => localStorage.removeItem(this.prefix + member));
    return super.delete(member);
  }

  tryToStore(action) {
    try {
      action();
    } catch {
      this.isStored = false;
    }
  }

  // Those that the server has not refused.
  get toSend() {
    return [...this].filter(([, { wrong }]) => !wrong).map(([member, tap]) => ({ member, ...tap }));
  }
}

class Register {
  constructor(form) {
    const { register, person, people, clock, marks, state } = form.dataset;
    this.form = form;
    this.people = Number(people ?? 0); // on all pages; 0 if there is only this one
    this.text = pageTexts("register");
    this.urls = { marks, state };
    this.status = form.querySelector("[data-standing]");
    const rows = [...form.querySelectorAll("[data-member]")];
    this.rows = new Map(rows.map((row) => [row.dataset.member, row]));
    this.elsewhere = this.people ? this.countedElsewhere() : []; // the marks on other pages
    this.unsent = new UnsentTaps(person, register);
    this.tappedAt = new Map(); // when each was last marked, as far as is known here
    this.seenAt = Number(clock); // until when the marks of others are known
    this.others = []; // who else is marking
    this.connection = new Connection({
      person,
      clock: Number(clock),
      token: form.querySelector("[name=csrfmiddlewaretoken]").value,
      stateUrl: state,
      redirectsToSignIn: true,
      headers: { "Content-Type": "application/json", "X-Marked-By": person },
    });
    this.queue = new OfflineQueue({
      send: () => this.send(),
      hasUnsent: () => this.unsent.toSend.length > 0,
      changed: () => this.render(),
      isFinal: (problem) => problem === "other-person",
      poll: POLL,
      longestWait: RETRY_DELAY,
    });
  }

  start() {
    for (const input of this.form.querySelectorAll("input")) input.autocomplete = "off";
    this.form.querySelector("[data-save]").hidden = true; // every tap is saved
    this.takeEarlyTaps();
    for (const [member, tap] of this.unsent) {
      this.tappedAt.set(member, tap.at);
      if (this.rows.has(member)) this.showMark(this.rows.get(member), tap);
    }
    this.listen();
    this.render();
    this.queue.flush();
  }

  listen() {
    this.form.addEventListener("change", ({ target }) => this.changed(target));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.pressed(event.submitter);
    });
    for (const link of this.form.querySelectorAll("[data-walk-in], .pagination a")) {
      const text = "walkIn" in link.dataset ? "walk-in-offline" : "page-offline";
      link.addEventListener("click", (event) => this.leave(event, text));
    }
    window.addEventListener("beforeunload", (event) => {
      if (this.unsent.size && !this.unsent.isStored) event.preventDefault();
    });
  }

  // Tapping -------------------------------------------------------------------------------------

  changed(input) {
    const row = input.closest("[data-member]");
    if (!row || !FIELDS.some((name) => input.name.endsWith(`-${name}`))) return;
    this.tap(row.dataset.member, markOf(row));
    this.render();
    this.queue.flush();
  }

  pressed(button) {
    if (button?.name === "clear") this.clear(button.value);
    else if (button && "rest" in button.dataset) this.markRest();
    this.render();
    this.queue.flush();
  }

  // Taps made while this module was loading: rows that differ from what the server wrote.
  takeEarlyTaps() {
    const differs = (input) =>
      input.type === "radio"
        ? input.checked !== input.defaultChecked
        : input.value !== input.defaultValue;
    for (const [member, row] of this.rows) {
      const inputs = FIELDS.flatMap((name) => [...row.querySelectorAll(`[name$="-${name}"]`)]);
      if (inputs.some(differs)) this.tap(member, markOf(row));
    }
  }

  // A tap comes after the last one that is known for the person, whatever the clocks say.
  tap(member, mark, moment = this.connection.now()) {
    const row = this.rows.get(member);
    const at = Math.max(moment, (this.tappedAt.get(member) ?? 0) + 1);
    const [came, went] = TIMES.map((name) => (mark === "partly" ? inputOf(row, name).value : ""));
    this.tappedAt.set(member, at);
    this.unsent.set(member, { mark, came, went, at });
  }

  clear(member) {
    const row = this.rows.get(member);
    this.tap(member, "");
    this.showMark(row, NO_MARK);
    const who = row.querySelector(".who");
    who.tabIndex = -1;
    who.focus({ preventScroll: true });
  }

  // As of when the marks of others were last known: those they have made since count.
  markRest() {
    for (const [member, row] of this.rows) {
      if (markOf(row)) continue;
      const mark = "apologies" in row.dataset ? "apologies" : "present";
      this.tap(member, mark, this.seenAt);
      this.showMark(row, { ...NO_MARK, mark });
    }
  }

  // Without a signal another page would not open, and this one would be lost.
  leave(event, text) {
    if (!this.queue.problem && navigator.onLine) return;
    event.preventDefault();
    this.status.textContent = `${this.text(text)} ${this.sentence()}`;
  }

  // Sending -------------------------------------------------------------------------------------

  // Send the unsent taps, or ask for the marks of others. Resolves to a problem, or "".
  async send() {
    const taps = this.unsent.toSend;
    const { state, problem = "" } = taps.length
      ? await this.connection.post(this.urls.marks, JSON.stringify({ marks: taps }))
      : await this.connection.get(this.urls.state);
    if (state) this.accept(state, taps);
    return problem;
  }

  accept(state, sent) {
    this.seenAt = state.clock;
    this.others = state.others;
    for (const { member, at } of sent) this.acceptTap(member, at, state.wrong[member]);
    for (const [member, row] of this.rows) this.showServerMark(member, row, state.people[member]);
    const others = Object.keys(state.people).filter((member) => !this.rows.has(member));
    if (this.people) this.elsewhere = others.map((member) => state.people[member].mark);
    const isComplete = this.people ? state.count <= this.people : !others.length;
    this.form.querySelector("[data-more]").hidden = isComplete;
  }

  acceptTap(member, at, wrong) {
    const tap = this.unsent.get(member);
    if (tap?.at !== at) return; // tapped again in the meantime
    if (wrong && (this.people || this.rows.has(member))) this.unsent.set(member, { ...tap, wrong });
    else this.unsent.delete(member);
  }

  showServerMark(member, row, mark = { ...NO_MARK, was: "" }) {
    inputOf(row, "was").value = mark.was;
    this.tappedAt.set(member, Math.max(mark.at ?? 0, this.tappedAt.get(member) ?? 0));
    // Unsent taps stay as they are, and nothing moves while somebody uses the row.
    if (!this.unsent.has(member) && !row.querySelector(":focus-visible")) this.showMark(row, mark);
  }

  // Showing -------------------------------------------------------------------------------------

  showMark(row, { mark, came, went }) {
    for (const radio of row.querySelectorAll("[type=radio]")) radio.checked = radio.value === mark;
    inputOf(row, "came").value = came;
    inputOf(row, "went").value = went;
    row.querySelector("[name=clear]").hidden = !mark;
  }

  render() {
    for (const [member, row] of this.rows) {
      row.querySelector(".waits").hidden = !this.unsent.has(member);
      row.querySelector("[name=clear]").hidden = !markOf(row);
      this.showError(row, this.unsent.get(member)?.wrong ?? "");
    }
    this.renderCounts();
    this.renderStatus();
  }

  showError(row, sentence) {
    const place = row.querySelector(".wrong");
    if (place.textContent.trim() === sentence) return;
    const line = document.createElement("p");
    line.className = "error";
    line.textContent = sentence;
    place.replaceChildren(...(sentence ? [line] : []));
    for (const input of TIMES.map((name) => inputOf(row, name))) {
      input.toggleAttribute("aria-invalid", Boolean(sentence));
      if (sentence) input.setAttribute("aria-describedby", place.id);
      else input.removeAttribute("aria-describedby");
    }
  }

  renderCounts() {
    const marks = [...this.marksHere(), ...this.elsewhere].filter(Boolean);
    for (const place of this.form.querySelectorAll("[data-count]")) {
      const { count } = place.dataset;
      const counted = count === "marked" ? marks : marks.filter((mark) => mark === count);
      if (place.textContent !== String(counted.length)) place.textContent = counted.length;
    }
  }

  marksHere() {
    return [...this.rows.values()].map(markOf);
  }

  // As the totals count them that the server has written into the page.
  countedElsewhere() {
    const here = this.marksHere();
    const places = [...this.form.querySelectorAll("[data-count]:not([data-count='marked'])")];
    return places.flatMap(({ dataset: { count }, textContent }) =>
      Array(Number(textContent) - here.filter((mark) => mark === count).length).fill(count),
    );
  }

  renderStatus() {
    const { problem } = this.queue;
    this.status.classList.toggle("late", problem !== "" || this.unsent.size > 0);
    const sentence = this.sentence();
    const label = problem === "signed-out" ? this.text("sign-in") : "";
    const whole = label ? `${sentence} ${label}` : sentence;
    if (this.status.textContent === whole) return;
    this.status.textContent = sentence;
    if (!label) return;
    const link = document.createElement("a");
    link.href = this.form.dataset.signIn;
    link.textContent = label;
    this.status.append(" ", link);
  }

  // What the status line says: the problem, then how many marks wait.
  sentence() {
    return [this.problemSentence(), this.waitingSentence(), this.wrongSentence()]
      .filter(Boolean)
      .join(" ");
  }

  problemSentence() {
    const { problem } = this.queue;
    if (["signed-out", "other-person", "closed"].includes(problem)) return this.text(problem);
    if (!problem && navigator.onLine) return this.unsent.size ? "" : this.allSavedSentence();
    if (problem && problem !== "offline") return this.text("server-problem");
    return this.text(this.unsent.size ? "offline" : "offline-all-saved");
  }

  allSavedSentence() {
    if (!this.others.length) return this.text("all-saved");
    const names = new Intl.ListFormat(document.documentElement.lang).format(this.others);
    return this.text("all-saved-others", { names });
  }

  waitingSentence() {
    if (this.queue.problem === "other-person") return "";
    const count = this.unsent.toSend.length;
    if (!count) return "";
    if (!this.queue.problem && navigator.onLine) return this.text("saving");
    return this.text(this.unsent.isStored ? "waiting-on-phone" : "waiting-on-page", { count });
  }

  wrongSentence() {
    if (this.queue.problem === "other-person") return "";
    const wrong = [...this.unsent].filter(([, tap]) => tap.wrong).map(([member]) => member);
    const here = wrong.filter((member) => this.rows.has(member)).length;
    const elsewhere = wrong.length - here;
    return [
      here ? this.text("wrong", { count: here }) : "",
      elsewhere ? this.text("wrong-elsewhere", { count: elsewhere }) : "",
    ]
      .filter(Boolean)
      .join(" ");
  }
}

const form = document.querySelector("form[data-register]");
if (form) new Register(form).start();
