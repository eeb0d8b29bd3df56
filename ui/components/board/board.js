const NARROW = 760;

class Board {
  constructor(parent, component) {
    this.parent = parent;
    this.root = h("div", { class: "root" });
    parent.append(this.root);
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.root);
  }

  update(component) {
    this.component = component;
    const { data } = component;
    if (data.key !== this.key) {
      this.key = data.key;
      this.page = JSON.parse(data.page);
      this.words = this.page.words;
      this.answers = data.answers;
      this.responses = data.responses || {};
      this.build();
      const at = data.finding && this.byId.has(data.finding) ? data.finding : this.page.priorities[0];
      if (at) this.open(at, false);
      if (data.finding && at === data.finding) this.select(data.finding, "address");
    } else if (JSON.stringify(data.responses || {}) !== JSON.stringify(this.responses)) {
      this.responses = data.responses || {};
      this.drawResponses();
    }
    const drill = JSON.stringify(data.drill || null);
    if (drill !== this.drillText) {
      this.drillText = drill;
      this.panels.drill.replaceChildren(drillView(this, data.drill));
    }
  }

  build() {
    this.cards = new Map(); this.folds = new Map(); this.rows = new Map(); this.spanFolds = new Map();
    this.factFolds = new Map(); this.factRows = new Map();
    this.byId = new Map(this.page.findings.map((f) => [f.id, f]));
    this.byNumber = new Map(this.page.findings.map((f) => [f.n, f]));
    this.want = { role: "", severity: "" };
    this.selected = null;
    this.drillText = undefined;
    const list = findingList(this);
    this.root.replaceChildren(headStrip(this), ...failedRoles(this), priorityList(this) || "",
      h("div", { class: "board" }, list, this.sidePanel()),
      conflictCards(this) || "", rubricTable(this) || "", restOfReview(this));
    this.fit();
    this.drawResponses();
  }

  sidePanel() {
    const w = this.words;
    const names = { text: w.tab_text, diagram: w.tab_diagram, numbers: w.tab_numbers, drill: w.tab_drill };
    const build = { text: () => designText(this), diagram: () => this.diagram(), numbers: () => numbersView(this), drill: () => drillView(this, null) };
    this.tabs = {}; this.panels = {};
    const bar = h("div", { class: "tabs", role: "tablist", "aria-label": w.your_design });
    const side = h("aside", { class: "side", "aria-label": w.your_design }, h("div", { class: "grip" }, bar, h("button", { type: "button", class: "link close", onclick: () => this.sheet(false) }, icon("close"), w.close)));
    for (const name of Object.keys(names)) {
      this.tabs[name] = h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, onclick: () => this.tab(name), onkeydown: (e) => this.tabKey(e, name) }, names[name]);
      this.panels[name] = h("div", { role: "tabpanel", id: `panel-${name}`, class: "panel", "aria-labelledby": `tab-${name}`, tabindex: "0" }, build[name]());
      bar.append(this.tabs[name]); side.append(this.panels[name]);
    }
    this.side = side;
    this.tab(this.atTab || "text", true);
    return side;
  }

  diagram() {
    const wide = this.page.diagram.wide;
    if (!wide.nodes.length) return h("p", { class: "soft" }, this.words.no_map);
    const details = h("div", { "aria-live": "polite" });
    const colour = (n) => this.page.roles[this.byNumber.get(n).role].colour;
    const onNode = (node) => details.replaceChildren(nodeDetails(node, this.words),
      h("div", {}, node.badges.map((n) => h("p", {}, h("button", { type: "button", class: "plain", onclick: () => this.select(n && this.byNumber.get(n).id, "diagram") }, h("span", { class: "badge", "role-colour": colour(n) }, n), " ", this.byNumber.get(n).title)))));
    const place = this.root.clientWidth && this.root.clientWidth < NARROW ? this.page.diagram.narrow : wide;
    return h("div", {}, legend(this.words), diagramView(place, this.words, (n) => this.select(this.byNumber.get(n).id, "diagram"), onNode, colour), details);
  }

  tab(name, quiet) {
    this.atTab = name;
    for (const [each, button] of Object.entries(this.tabs)) {
      button.setAttribute("aria-selected", String(each === name));
      button.tabIndex = each === name ? 0 : -1;
      this.panels[each].hidden = each !== name;
    }
    if (!quiet && name === "drill" && !this.component.data.drill) this.play("", {});
    if (!quiet && this.narrow) this.sheet(true);
  }

  tabKey(event, name) {
    const all = Object.keys(this.tabs);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = all[(all.indexOf(name) + step + all.length) % all.length];
    this.tab(next); this.tabs[next].focus();
  }

  fit() {
    const narrow = this.root.clientWidth < NARROW;
    if (narrow === this.narrow || !this.root.clientWidth) return;
    this.narrow = narrow;
    this.root.classList.toggle("narrow", narrow);
    if (this.panels) this.panels.diagram.replaceChildren(this.diagram());
  }

  sheet(open) { this.side.classList.toggle("open", open && this.narrow); }

  send(name, value) { this.component.setTriggerValue(name, value); }

  play(scenario, overrides) { this.send("drill", { scenario, overrides }); }

  respond(id, choice, text) {
    const now = this.responses[id];
    this.responses = { ...this.responses, [id]: { choice, text } };
    this.drawResponses();
    if (!now || now.choice !== choice || now.text !== text) this.send("response", { finding: id, choice, text });
  }

  drawResponses() {
    this.rows.forEach((draw) => draw());
    for (const [id, { state }] of this.cards) {
      const given = this.responses[id];
      state.textContent = given ? this.words[`${given.choice}_given`] : "";
    }
  }

  open(id, open) {
    this.folds.get(id)?.make();
    const entry = this.cards.get(id);
    if (!entry) return;
    const show = open === undefined ? entry.head.getAttribute("aria-expanded") !== "true" : open;
    if (show && !entry.made) { entry.made = true; add(entry.body, [findingBody(this, entry.finding)]); }
    entry.head.setAttribute("aria-expanded", String(show));
    entry.card.classList.toggle("opened", show);
  }

  toggle(id) {
    const entry = this.cards.get(id);
    if (this.selected === id && entry.card.classList.contains("opened")) { this.open(id, false); return; }
    if (entry.card.classList.contains("opened") && this.selected !== id) { this.open(id, false); return; }
    this.select(id, "card");
  }

  select(id, from) {
    const finding = this.byId.get(id);
    if (!finding) return;
    const group = this.folds.get(id);
    if (group) { group.make(); group.open = true; }
    this.open(id, true);
    this.selected = id;
    const entry = this.cards.get(id);
    if (entry.card.hidden) this.filter({ role: "", severity: "" });
    this.root.querySelectorAll(".selected").forEach((n) => n.classList.remove("selected"));
    entry.card.classList.add("selected");
    finding.quotes.forEach((q) => this.spans.get(q.span)?.classList.add("selected"));
    if (from !== "card") {
      if (from !== "address" || !this.narrow) { if (from !== "address") this.sheet(false); entry.card.scrollIntoView({ block: "center", behavior: "auto" }); }
      if (from !== "address") entry.head.focus({ preventScroll: true });
    }
    if (from !== "text" && from !== "diagram" && finding.quotes.length && !this.narrow && this.atTab === "text") this.scrollTo(finding.quotes[0].span);
    if (from !== "address") this.component.setStateValue("finding", id);
  }

  showSpan(span) {
    this.tab("text");
    this.spanFolds.get(span)?.make();
    if (this.spanFolds.has(span)) this.spanFolds.get(span).open = true;
    this.scrollTo(span);
    const node = this.spans.get(span);
    if (!node) return;
    node.classList.remove("flash"); void node.offsetWidth; node.classList.add("flash");
  }

  scrollTo(span) {
    const node = this.spans.get(span);
    if (!node) return;
    const panel = this.panels.text;
    panel.scrollTop += node.getBoundingClientRect().top - panel.getBoundingClientRect().top - panel.clientHeight / 3;
  }

  showFact(id) {
    this.tab("numbers");
    const group = this.factFolds.get(id);
    if (!group) return;
    group.make(); group.open = true;
    const row = this.factRows.get(id);
    row.open = true;
    const panel = this.panels.numbers;
    panel.scrollTop += row.getBoundingClientRect().top - panel.getBoundingClientRect().top - 40;
    row.querySelector("summary").focus({ preventScroll: true });
  }

  filter(change) {
    Object.assign(this.want, change);
    const order = Object.keys(this.page.severities);
    const most = this.want.severity ? order.indexOf(this.want.severity) : order.length;
    let fits = 0;
    for (const { card, finding } of this.cards.values()) {
      card.hidden = !this.fits(finding.role, finding.severity, order, most);
      if (!card.hidden) fits += 1;
    }
    for (const group of this.restGroups) group.hidden = !this.page.findings.some((f) => this.folds.get(f.id) === group && this.fits(f.role, f.severity, order, most));
    this.root.querySelectorAll("[data-chip]").forEach((chip) => chip.setAttribute("aria-pressed", String(chip.dataset.chip === this.want.role)));
    this.root.querySelector(".filters select").value = this.want.severity;
    this.empty.hidden = fits > 0 || this.restGroups.some((group) => !group.hidden) || !this.page.findings.length;
  }

  fits(role, severity, order, most) {
    return (!this.want.role || role === this.want.role) && order.indexOf(severity) <= most;
  }

  openAll(button) {
    const opening = button.textContent === this.words.open_all;
    if (opening) for (const group of this.restGroups) { group.make(); group.open = true; }
    for (const id of [...this.cards.keys()]) this.open(id, opening);
    button.textContent = opening ? this.words.close_all : this.words.open_all;
    this.filter({});
  }
}

export default function (component) {
  const { parentElement } = component;
  if (!parentElement.board) parentElement.board = new Board(parentElement, component);
  parentElement.board.update(component);
}
