// Requests that survive a lost connection, for pages that must not lose input: drafts and the register.
// A request ends with the server's answer or with a problem: "offline" (no answer), "server", "signed-out",
// "other-person" (somebody else has signed in on this browser), "closed", "too-long" or "refused".
const TIMEOUT = 10_000; // ms that an answer may take
const FIRST_RETRY = 2_000; // ms, doubled with every failure

export class Connection {
  // `clock` is the server's time when it wrote the page, in ms since 1970. `stateUrl` answers with a CSRF token.
  constructor({ person, clock, token, stateUrl, redirectsToSignIn = false, headers = {} }) {
    Object.assign(this, { person, token, stateUrl, redirectsToSignIn, headers });
    const [{ responseStart }] = performance.getEntriesByType("navigation");
    // The server's clock minus the device's, which may be wrong. Every answer makes it more exact.
    this.offset = clock - (performance.timeOrigin + responseStart);
    this.answeredAt = 0; // by the device's clock
  }

  // The server's time, in ms since 1970.
  now() {
    return Math.round(Date.now() + this.offset);
  }

  get(url) {
    return this.attempt(() => this.request(url));
  }

  // `body` as fetch takes it. A CSRF token ends with its session: after signing in again there is another.
  post(url, body, options = {}) {
    return this.attempt(async () => {
      const answer = await this.request(url, { ...options, method: "POST", body });
      if (answer.problem !== "token") return answer;
      const fresh = await this.request(this.stateUrl);
      return fresh.problem ? fresh : this.request(url, { ...options, method: "POST", body });
    });
  }

  async attempt(action) {
    try {
      const answer = await action();
      return answer.problem === "token" ? { problem: "server" } : answer;
    } catch {
      return { problem: "offline" };
    }
  }

  async request(url, options = {}) {
    const sentAt = Date.now();
    const isPost = options.method === "POST";
    const response = await fetch(url, {
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT),
      ...options,
      headers: {
        Accept: "application/json",
        ...(isPost ? { "X-CSRFToken": this.token, ...this.headers } : {}),
      },
    });
    const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
    const state = isJson ? await response.json() : null;
    const problem = this.problemOf(response, state);
    if (problem) return { problem };
    // The server wrote the answer between the two moments.
    const least = state.clock - Date.now();
    this.offset = Math.min(Math.max(this.offset, least), state.clock - sentAt);
    this.token = state.token;
    this.answeredAt = Date.now();
    return { state };
  }

  problemOf(response, state) {
    if (response.type === "opaqueredirect" && this.redirectsToSignIn) return "signed-out";
    if (!state) return { 400: "too-long", 403: "token" }[response.status] ?? "server";
    if (state.out) return "signed-out";
    if (state.other || (state.me && state.me !== this.person)) return "other-person";
    if (state.closed) return "closed";
    if (state.too_long) return "too-long";
    return response.ok ? "" : "refused";
  }
}

// Calls `send` for what is unsent, one call at a time, and again until it succeeds: with exponential
// back-off, when the connection returns, and when the page is looked at again.
export class OfflineQueue {
  // `send` resolves to a problem, or "". `pause`: ms between calls while there is more to send.
  // `poll`: ms after which `send` is called although nothing is unsent; 0 for never.
  constructor({ send, hasUnsent, changed, isFinal, pause = 0, poll = 0, longestWait }) {
    Object.assign(this, { send, hasUnsent, changed, isFinal, pause, poll, longestWait });
    this.problem = "";
    this.failures = 0;
    this.running = null;
    this.isRequested = false;
    this.isStopped = false;
    window.addEventListener("online", () => this.retryNow());
    window.addEventListener("offline", () => this.changed());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.flush();
    });
  }

  // Send within so many ms, unless that is scheduled already.
  schedule(delay) {
    this.timer ??= setTimeout(() => this.flush(), delay);
  }

  // Send now. Resolves when everything that was unsent at the time of the call has been tried.
  flush() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isRequested = true;
    this.running ??= this.run().finally(() => {
      this.running = null;
      this.changed();
      this.scheduleNext();
    });
    return this.running;
  }

  async run() {
    while (this.isRequested && !this.isStopped && (this.poll || this.hasUnsent())) {
      this.isRequested = false;
      this.problem = await this.send();
      this.failures = this.problem ? this.failures + 1 : 0;
    }
    this.isRequested = false;
  }

  retryNow() {
    this.failures = 0;
    this.flush();
  }

  scheduleNext() {
    if (this.isStopped || this.isFinal(this.problem)) return;
    if (this.problem) {
      if (this.poll || this.hasUnsent()) this.schedule(this.backOff());
    } else if (this.hasUnsent()) this.schedule(this.pause);
    else if (this.poll && !document.hidden) this.schedule(this.poll);
  }

  backOff() {
    const wait = Math.min(FIRST_RETRY * 2 ** Math.max(this.failures - 1, 0), this.longestWait);
    return wait * (0.75 + Math.random() / 2); // so that many devices don't return at the same moment
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }
}
