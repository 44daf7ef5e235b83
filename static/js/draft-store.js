// Drafts on this device, in IndexedDB: encrypted with a key that the server gives to their author alone and
// that is never stored (docs/decisions/0009). Beside each lies its key in a form that only the server can read.
const DATABASE = "convenor";
const STORE = "drafts";
let opened;

function openDatabase() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

// Run `action` on the object store in a transaction, and resolve to the result of the request it returns.
async function transact(mode, action) {
  const database = await openDatabase();
  return new Promise((resolve, reject) => {
    // Strict: on the disk when the transaction completes, even if the phone dies after that.
    const durability = mode === "readwrite" ? "strict" : "default";
    const transaction = database.transaction(STORE, mode, { durability });
    const request = action(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const records = {
  all: () => transact("readonly", (store) => store.getAll()),
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

const encode = (text) => new TextEncoder().encode(text);

function importKey(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function decrypt({ id, iv, secret }, keyText) {
  const algorithm = { name: "AES-GCM", iv, additionalData: encode(id) };
  const bytes = await crypto.subtle.decrypt(algorithm, await importKey(keyText), secret);
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
      const draft = await decrypt(record, keys[record.box]).catch(() => null);
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
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const algorithm = { name: "AES-GCM", iv, additionalData: encode(id) };
    const secret = await crypto.subtle.encrypt(algorithm, this.key, encode(JSON.stringify(draft)));
    return { id, person: this.connection.person, box: this.wrappedKey, iv, secret };
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
