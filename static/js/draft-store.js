// Text on this device, in IndexedDB: drafts, and the input of forms. It is encrypted with a key that the server
// gives to its author alone and that is never stored (docs/decisions/0009 and 0014). Beside each draft lies its
// key in a form that only the server can read.
const STORE = "drafts";

// The records of a database, which has one object store.
function recordsOf(name) {
  let opened;
  const openDatabase = () => {
    opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return opened;
  };

  // Run `action` on the object store in a transaction, and resolve to the result of the request it returns.
  const transact = async (mode, action) => {
    const database = await openDatabase();
    return new Promise((resolve, reject) => {
      // Strict: on the disk when the transaction completes, even if the phone dies after that.
      const durability = mode === "readwrite" ? "strict" : "default";
      const transaction = database.transaction(STORE, mode, { durability });
      const request = action(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  };

  return {
    all: () => transact("readonly", (store) => store.getAll()),
    get: (id) => transact("readonly", (store) => store.get(id)),
    count: () => transact("readonly", (store) => store.count()),
    clear: () => transact("readwrite", (store) => store.clear()),
    remove: (id) => transact("readwrite", (store) => store.delete(id)),
    put: (record) =>
      transact("readwrite", (store) => {
        const request = store.put(record);
        store.transaction.commit?.(); // without waiting for the page, which may be closing
        return request;
      }),
    // Remove a record that was read, unless its page has replaced it since.
    removeIfUnchanged: ({ id, iv }) =>
      transact("readwrite", (store) => {
        const request = store.get(id);
        request.onsuccess = () => {
          if (request.result && indexedDB.cmp(request.result.iv, iv) === 0) store.delete(id);
        };
        return request;
      }),
  };
}

export const records = recordsOf("convenor");
export const inputRecords = recordsOf("convenor-input"); // of safe-forms.js

const encode = (text) => new TextEncoder().encode(text);

// Browsers have no cryptography without HTTPS; then this rejects.
export async function importKey(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

export async function encrypt(key, id, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const algorithm = { name: "AES-GCM", iv, additionalData: encode(id) };
  const secret = await crypto.subtle.encrypt(algorithm, key, encode(JSON.stringify(value)));
  return { id, iv, secret };
}

export async function decrypt(key, { id, iv, secret }) {
  const algorithm = { name: "AES-GCM", iv, additionalData: encode(id) };
  const bytes = await crypto.subtle.decrypt(algorithm, key, secret);
  return JSON.parse(new TextDecoder().decode(bytes));
}

// What one open page stores here, and what the person's earlier pages have left.
export class DeviceDrafts {
  constructor({ connection, url, page }) {
    Object.assign(this, { connection, url, page });
    this.key = null;
    this.wrappedKey = "";
    this.isWorking = true; // false once this browser has refused to store something
  }

  get canStore() {
    return Boolean(this.key) && this.isWorking;
  }

  // Get this page's key, and send what earlier pages could not. Resolves to a problem and to the drafts that
  // were sent (with the server's answers), that are still waiting, and that the server refused.
  async connect() {
    const stored = await records.all().catch(() => []);
    const { person } = this.connection;
    const own = stored.filter((record) => record.person === person);
    const wrappedKeys = new URLSearchParams(own.map((record) => ["box", record.box]));
    const { state, problem } = await this.connection.post(this.url, wrappedKeys);
    if (problem) return { problem, sent: [], waiting: own, refused: [] };
    for (const record of stored) {
      if (record.person !== person) await records.removeIfUnchanged(record);
    }
    await this.takeKey(state);
    return this.sendStored(own, state.keys);
  }

  async takeKey({ key, box }) {
    try {
      this.key = await importKey(key);
      this.wrappedKey = box;
    } catch {
      // Without HTTPS, browsers don't encrypt. Then nothing is stored on the device.
    }
  }

  async sendStored(stored, keys) {
    const result = { problem: "", sent: [], waiting: [], refused: [] };
    for (const record of stored) {
      if (record.id.endsWith(`:${this.page}`) || !keys[record.box]) continue;
      const draft = await importKey(keys[record.box])
        .then((key) => decrypt(key, record))
        .catch(() => null);
      if (!draft) continue;
      const fields = { ...draft.fields, person: this.connection.person };
      const { state, problem } = await this.connection.post(
        draft.save,
        new URLSearchParams(fields),
      );
      if (state) {
        result.sent.push({ state, draft });
        await records.removeIfUnchanged(record);
      } else if (["refused", "too-long"].includes(problem)) {
        result.refused.push({ record, draft });
      } else {
        result.waiting.push(record);
        result.problem = problem;
      }
    }
    return result;
  }

  // Encrypt a draft ({ save, fields }) as it is now. Store it with `put`.
  async encrypt(id, draft) {
    const record = { id, person: this.connection.person, box: this.wrappedKey };
    return { ...record, ...(await encrypt(this.key, id, draft)) };
  }

  remove(id) {
    return records.remove(id);
  }

  async put(record) {
    try {
      await records.put(record);
    } catch (error) {
      this.isWorking = false;
      throw error;
    }
  }
}
