// A text area that saves while one types: a second after the last key, and when it is left.
// What has not reached the server is kept in the browser, so that a lost connection loses nothing.
const PAUSE = 1000;

class Writing {
  constructor(parent) {
    this.area = document.createElement("textarea");
    this.label = document.createElement("label");
    this.state = document.createElement("span");
    this.state.className = "state";
    this.state.setAttribute("role", "status");
    this.head = document.createElement("div");
    this.head.className = "head";
    this.head.append(this.label, this.state);
    this.area.id = "text";
    this.label.htmlFor = "text";
    parent.append(this.head, this.area);
    this.area.addEventListener("input", () => this.typed());
    this.area.addEventListener("blur", () => this.save());
    this.onHide = () => this.save();
    document.addEventListener("visibilitychange", this.onHide);
    window.addEventListener("pagehide", this.onHide);
  }

  update(component) {
    const { data } = component;
    const fresh = this.key !== data.key;
    this.component = component;
    this.key = data.key;
    this.words = data.words;
    this.label.textContent = data.label;
    this.area.placeholder = data.placeholder;
    this.area.maxLength = data.most;
    this.area.style.minHeight = `${data.rows * 1.55}em`;
    if (fresh) this.start(data);
    else if (data.revision !== this.revision || data.value !== this.server) this.arrived(data);
    if (data.state) this.tell(data.state);
  }

  start(data) {
    this.revision = data.revision;
    this.server = data.value;
    this.area.value = data.value;
    this.sent = data.value;
    const kept = this.read();
    if (kept && kept.text !== data.value) {
      this.area.value = kept.text;
      this.revision = kept.base;
      this.tell("restored");
      this.timer = setTimeout(() => this.save(), 50);
    }
    this.grow();
  }

  arrived(data) {
    const untouched = this.area.value === this.sent;
    this.revision = data.revision;
    this.server = data.value;
    if (data.value === this.area.value) { this.sent = data.value; this.forget(); this.tell("saved"); return; }
    if (untouched) { this.area.value = data.value; this.sent = data.value; this.forget(); this.grow(); }
  }

  typed() {
    this.grow();
    this.keep();
    this.tell("writing");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  save() {
    clearTimeout(this.timer);
    const text = this.area.value;
    if (text === this.sent && text === this.server) return;
    this.sent = text;
    this.tell("saving");
    this.component.setStateValue("text", { text, base: this.revision, at: Date.now() });
  }

  tell(state) { this.state.textContent = this.words[state] || ""; this.state.dataset.state = state; }

  grow() {
    this.area.style.height = "auto";
    this.area.style.height = `${Math.min(this.area.scrollHeight + 4, 900)}px`;
  }

  place() { return `design-reviewer.${this.key}`; }
  keep() { try { localStorage.setItem(this.place(), JSON.stringify({ text: this.area.value, base: this.revision })); } catch { /* a full or blocked store: the server still saves */ } }
  forget() { try { localStorage.removeItem(this.place()); } catch { /* as above */ } }
  read() { try { return JSON.parse(localStorage.getItem(this.place())); } catch { return null; } }

  end() {
    this.save();
    document.removeEventListener("visibilitychange", this.onHide);
    window.removeEventListener("pagehide", this.onHide);
  }
}

export default function (component) {
  const { parentElement } = component;
  if (!parentElement.writing) parentElement.writing = new Writing(parentElement);
  parentElement.writing.update(component);
  return () => { parentElement.writing.end(); };
}
