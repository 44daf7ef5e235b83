// The register in the room. A tap is kept on the phone until the server has it, and is sent when there is a signal.
// What is kept is who (an id, no name), which mark, and when, by the server's clock: a mark that is sent twice is the
// same mark, and of two people's marks the later tap counts. For <form data-register>.
const EVERY = 15_000; // how often the others' marks are asked for
const PATIENCE = 10_000; // how long an answer may take
const LONGEST_WAIT = 60_000;
const FIELDS = ["mark", "came", "went"];

const form = document.querySelector("form[data-register]");
if (form) begin();

function begin() {
  const { register, person, marks: marksUrl, state: stateUrl, signIn } = form.dataset;
  const mine = `register:${person}:${register}:`;
  const rows = new Map([...form.querySelectorAll("[data-member]")].map((row) => [row.dataset.member, row]));
  const waiting = new Map(); // what the server has not said yes to, by member
  const latest = new Map(); // when each was last marked, as far as is known here: another tap comes after it
  let token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  // The server's clock less the phone's, which may be wrong.
  let ahead = Number(form.dataset.clock) - (performance.timeOrigin + performance.getEntriesByType("navigation")[0].responseStart);
  let seenAt = Number(form.dataset.clock); // up to when the others' marks are known
  let isAsking = false;
  let isKept = true; // can this browser keep anything?
  let tries = 0;
  let isBack = false; // has the signal returned while something was on its way?
  let timer;
  let trouble = "";
  let others = [];

  const now = () => Math.round(Date.now() + ahead);
  const box = (row, name) => row.querySelector(`[name$="-${name}"]`);
  const markOf = (row) => row.querySelector("[name$='-mark']:checked")?.value ?? "";

  // Keeping ---------------------------------------------------------------------------------------------------------

  function keep(member, entry) {
    waiting.set(member, entry);
    try {
      localStorage.setItem(mine + member, JSON.stringify(entry));
    } catch {
      isKept = false;
    }
  }

  function forget(member) {
    waiting.delete(member);
    if (isKept) localStorage.removeItem(mine + member);
  }

  function bringBack() {
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(mine)) {
          waiting.set(key.slice(mine.length), JSON.parse(localStorage.getItem(key)));
        } else if (key.startsWith("register:") && !key.startsWith(`register:${person}:`)) {
          localStorage.removeItem(key); // somebody else's, who used this browser before
        }
      }
    } catch {
      isKept = false;
    }
  }

  // Showing ---------------------------------------------------------------------------------------------------------

  function put(row, entry) {
    for (const radio of row.querySelectorAll("[type=radio]")) radio.checked = radio.value === entry.mark;
    for (const name of ["came", "went"]) box(row, name).value = entry[name];
    if (entry.was !== undefined) box(row, "was").value = entry.was;
    row.querySelector("[name=clear]").hidden = !entry.mark;
  }

  function complain(row, words) {
    const place = row.querySelector(".wrong");
    if ((place.textContent.trim() || "") === (words ?? "")) return;
    const line = document.createElement("p");
    line.className = "error";
    line.textContent = words ?? "";
    place.replaceChildren(...(words ? [line] : []));
    for (const name of ["came", "went"]) {
      const input = box(row, name);
      input.toggleAttribute("aria-invalid", Boolean(words));
      if (words) input.setAttribute("aria-describedby", place.id);
      else input.removeAttribute("aria-describedby");
    }
  }

  function show() {
    const count = { marked: 0, present: 0, partly: 0, apologies: 0, absent: 0 };
    for (const [member, row] of rows) {
      const mark = markOf(row);
      if (mark) { count.marked += 1; count[mark] += 1; }
      row.querySelector(".waits").hidden = !waiting.has(member);
      row.querySelector("[name=clear]").hidden = !mark;
      complain(row, waiting.get(member)?.wrong);
    }
    for (const place of form.querySelectorAll("[data-count]")) {
      const words = String(count[place.dataset.count]);
      if (place.textContent !== words) place.textContent = words;
    }
    const standing = form.querySelector("[data-standing]");
    const words = sayStanding();
    if (standing.textContent !== words) standing.textContent = words;
    standing.classList.toggle("late", trouble !== "" || waiting.size > 0);
    if (trouble === "out") {
      const link = document.createElement("a");
      link.href = signIn;
      link.textContent = "Sign in again";
      standing.append(" ", link, waiting.size ? " and they are sent." : ".");
    }
  }

  function sayStanding() {
    const wrong = [...waiting.values()].filter((entry) => entry.wrong).length;
    const marks = (count) => (count === 1 ? "1 mark" : `${count} marks`);
    const wait = `${marks(waiting.size)} ${waiting.size === 1 ? "waits" : "wait"}`;
    const open = isKept ? "" : " Keep this page open: this browser keeps nothing.";
    if (trouble === "out") return waiting.size ? `You have been signed out. ${wait} on this phone.` : "You have been signed out.";
    if (trouble === "other") return "Somebody else has signed in here. Load the page again.";
    if (trouble === "closed") return waiting.size ? `The register is closed now. ${wait} on this phone.` : "The register is closed now.";
    if (wrong) return wrong === waiting.size ? `${marks(wrong)} to put right, below.` : `${wait}, ${wrong} of them to put right below.`;
    if (waiting.size && trouble === "ours") return `${wait}: the server has a problem. It is tried again.${open}`;
    if (waiting.size && (trouble || !navigator.onLine)) return `${wait} for a signal.${open}`;
    if (waiting.size) return "Saving…";
    if (trouble || !navigator.onLine) return "No signal. Everything you tapped is saved.";
    return others.length ? `All saved. ${others.join(" and ")} ${others.length === 1 ? "is" : "are"} marking too.` : "All saved.";
  }

  // Speaking with the server ----------------------------------------------------------------------------------------

  function toSend() {
    return [...waiting].filter(([, entry]) => !entry.wrong).map(([member, entry]) => ({ member, ...entry }));
  }

  async function ask(marks) {
    const asked = Date.now();
    const headers = { Accept: "application/json" };
    if (marks.length) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": token, "X-Marked-By": person });
    const options = marks.length ? { method: "POST", body: JSON.stringify({ marks }) } : {};
    const answer = await fetch(marks.length ? marksUrl : stateUrl, {
      ...options, headers, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.type === "opaqueredirect") return { trouble: "out" };
    const isOurs = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
    if (!isOurs) return { trouble: answer.status === 403 ? "token" : "ours" };
    const state = await answer.json();
    if (state.other) return { trouble: "other" };
    if (state.closed) return { trouble: "closed" };
    if (!answer.ok) return { trouble: "ours" };
    if (state.me !== person) return { trouble: "other" };
    // The answer was written between the two; what was known before stays, as far as that allows.
    ahead = Math.min(Math.max(ahead, state.clock - Date.now()), state.clock - asked);
    return { state };
  }

  function take(state, sent) {
    token = state.token;
    seenAt = state.clock;
    others = state.others;
    for (const { member, at } of sent) {
      const entry = waiting.get(member);
      if (entry?.at !== at) continue; // tapped again in the meantime
      const wrong = state.wrong[member];
      if (!wrong || !rows.has(member)) forget(member);
      else keep(member, { ...entry, wrong });
    }
    for (const [member, row] of rows) {
      const entry = state.people[member] ?? { mark: "", came: "", went: "", was: "" };
      box(row, "was").value = entry.was;
      latest.set(member, Math.max(entry.at ?? 0, latest.get(member) ?? 0));
      // What waits is shown as it was tapped, and nothing moves under somebody's fingers.
      if (!waiting.has(member) && !row.querySelector(":focus-visible")) put(row, entry);
    }
    form.querySelector("[data-more]").hidden = Object.keys(state.people).every((member) => rows.has(member));
  }

  async function sync() {
    if (isAsking) return;
    isAsking = true;
    isBack = false;
    clearTimeout(timer);
    const sent = toSend();
    let told;
    try {
      told = await ask(sent);
      if (told.trouble === "token") { // signed in again since, in another window
        const fresh = await ask([]);
        if (fresh.state) token = fresh.state.token;
        told = fresh.state ? await ask(sent) : fresh;
      }
    } catch {
      told = { trouble: "signal" };
    }
    trouble = told.trouble ?? "";
    if (told.state) take(told.state, sent);
    tries = trouble ? tries + 1 : 0;
    isAsking = false;
    show();
    again();
  }

  function again() {
    clearTimeout(timer);
    if (trouble === "other") return;
    if (isBack || (!trouble && toSend().length)) { sync(); return; } // tapped while something was on its way
    if (!trouble && document.hidden) return; // asked again as soon as it is looked at
    const wait = trouble ? Math.min(2_000 * 2 ** (tries - 1), LONGEST_WAIT) * (0.75 + Math.random() / 2) : EVERY;
    timer = setTimeout(sync, wait);
  }

  // Tapping ---------------------------------------------------------------------------------------------------------

  function tap(member, mark, moment = now()) {
    const row = rows.get(member);
    const at = Math.max(moment, (latest.get(member) ?? 0) + 1);
    latest.set(member, at);
    const isPartly = mark === "partly";
    keep(member, { mark, came: isPartly ? box(row, "came").value : "", went: isPartly ? box(row, "went").value : "", at });
  }

  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-member]");
    if (!row || (!FIELDS.some((name) => event.target.name.endsWith(`-${name}`)))) return;
    tap(row.dataset.member, markOf(row));
    show();
    sync();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button?.name === "clear") {
      const row = rows.get(button.value);
      tap(button.value, "");
      put(row, { mark: "", came: "", went: "" });
      const who = row.querySelector(".who");
      who.tabIndex = -1;
      who.focus({ preventScroll: true });
    } else if (button && "rest" in button.dataset) {
      // As of when the others' marks were last heard of: what somebody has marked since is theirs to say.
      for (const [member, row] of rows) {
        if (markOf(row)) continue;
        const entry = { mark: "apologies" in row.dataset ? "apologies" : "present", came: "", went: "" };
        tap(member, entry.mark, seenAt);
        put(row, entry);
      }
    }
    show();
    sync();
  });

  // Without a signal that page would not open, and this one would be gone.
  form.querySelector("[data-walk-in]").addEventListener("click", (event) => {
    if (!trouble && navigator.onLine) return;
    event.preventDefault();
    form.querySelector("[data-standing]").textContent = `To add somebody, a signal is needed. ${sayStanding()}`;
  });

  for (const field of form.querySelectorAll("input")) field.autocomplete = "off";
  form.querySelector("[data-save]").hidden = true; // every tap is
  bringBack();
  for (const [member, entry] of waiting) {
    latest.set(member, entry.at);
    if (rows.has(member)) put(rows.get(member), entry);
  }
  show();
  sync();
  window.addEventListener("online", () => { tries = 0; isBack = isAsking; sync(); });
  window.addEventListener("offline", show);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) sync(); });
  window.addEventListener("beforeunload", (event) => { if (waiting.size && !isKept) event.preventDefault(); });
}
