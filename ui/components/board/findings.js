function severityMark(board, severity) {
  const told = board.page.severities[severity];
  return h("span", { class: `severity ${severity}` }, h("span", { "aria-hidden": "true" }, told.shape), " ", told.word);
}

function roleMark(board, role) {
  const told = board.page.roles[role];
  return h("span", { class: "role", "role-colour": told.colour }, icon(told.icon), told.title);
}

function roleNames(board, finding) {
  return [finding.role, ...finding.also].map((role) => board.page.roles[role] ? roleMark(board, role) : null);
}

function findingCard(board, finding) {
  const w = board.words;
  const body = h("div", { class: "body", id: `body-${finding.n}` });
  const head = h(
    "button",
    { class: "head", type: "button", "aria-expanded": "false", "aria-controls": `body-${finding.n}`, onclick: () => board.toggle(finding.id) },
    h("span", { class: "badge" }, finding.n),
    h("span", { class: "title" }, finding.title),
  );
  const state = h("span", { class: "answered" });
  const card = h(
    "article",
    { class: "finding", id: `finding-${finding.n}`, "role-colour": board.page.roles[finding.role].colour, "data-role": finding.role, "data-severity": finding.severity },
    h("h3", {}, head),
    h("p", { class: "meta" }, severityMark(board, finding.severity), roleNames(board, finding), finding.model ? h("span", { class: "made" }, w.by_model) : null, state),
    body,
  );
  board.cards.set(finding.id, { card, head, body, state, finding, made: false });
  return card;
}

function findingBody(board, finding) {
  const w = board.words;
  return [
    h("p", {}, finding.why),
    finding.quotes.map((quote) => quoteLine(board, quote)),
    finding.absence && finding.searched.length
      ? h("details", { class: "soft" }, h("summary", {}, fill(w.searched, { n: finding.searched.length })), finding.searched.join(" · "))
      : null,
    finding.facts.map((fact) => h("p", { class: "fact" }, h("span", { class: "made" }, w.by_code), " ", fact.text,
      h("button", { class: "link", type: "button", onclick: () => board.showFact(fact.id) }, w.how_computed))),
    finding.todo ? h("p", { class: "todo" }, h("strong", {}, w.todo), " ", finding.todo) : null,
    finding.citations.map((citation) => citationLine(board, citation)),
    responseRow(board, finding),
  ];
}

function quoteLine(board, quote) {
  return h("blockquote", {}, `“${quote.text}” `,
    h("button", { class: "link", type: "button", onclick: () => board.showSpan(quote.span) }, board.words.in_design));
}

function citationLine(board, citation) {
  const w = board.words;
  const where = citation.locator ? `, ${citation.locator}` : "";
  const open = h("button", { class: "link", type: "button", onclick: () => board.send("passage", citation.passage) }, w.open_passage);
  if (citation.kind === "excerpt") {
    return h("p", { class: "citation" }, icon("format_quote"), h("q", {}, citation.text), ` ${citation.title}${where} `, open);
  }
  return h("details", { class: "citation" },
    h("summary", {}, fill(w.summary_of, { title: citation.title, where }), citation.evidence ? ` (${w["evidence_" + citation.evidence] || citation.evidence})` : ""),
    h("p", {}, citation.text, " ", open));
}

function responseRow(board, finding) {
  const w = board.words;
  if (!board.answers) return null;
  const row = h("div", { class: "responses", role: "group", "aria-label": w.your_answer });
  const box = h("div", { class: "reply" });
  const draw = () => {
    const given = board.responses[finding.id] || {};
    row.replaceChildren();
    for (const choice of ["will_fix", "disagree", "ask"]) {
      row.append(h("button", { type: "button", class: "choice", "aria-pressed": String(given.choice === choice),
        onclick: () => choice === "will_fix" ? board.respond(finding.id, choice, "") : ask(choice) }, w[choice]));
    }
    box.replaceChildren();
    if (given.text) box.append(h("p", { class: "soft" }, given.text));
  };
  const ask = (choice) => {
    const given = board.responses[finding.id] || {};
    const text = h("textarea", { rows: "3", maxlength: "2000", "aria-label": w[`${choice}_label`], placeholder: w[`${choice}_label`] });
    text.value = given.choice === choice ? given.text || "" : "";
    const save = h("button", { type: "button", class: "choice strong", onclick: () => {
      if (text.value.trim()) board.respond(finding.id, choice, text.value.trim()); else text.focus();
    } }, w.save);
    const drop = h("button", { type: "button", class: "link", onclick: draw }, w.cancel);
    box.replaceChildren(text, h("div", { class: "responses" }, save, drop));
    text.focus();
  };
  row.draw = draw;
  board.rows.set(finding.id, draw);
  draw();
  return [row, box];
}

function findingList(board) {
  const { page, words: w } = board;
  const shown = page.findings.filter((f) => !f.folded);
  const folded = page.findings.filter((f) => f.folded);
  const list = h("div", { class: "cards" });
  const byRole = (all) => Object.keys(page.roles).flatMap((role) => all.filter((f) => f.role === role));
  byRole(shown).forEach((f) => list.append(findingCard(board, f)));
  const groups = new Map();
  folded.forEach((f) => groups.set(f.criterion || "", [...(groups.get(f.criterion || "") || []), f]));
  const rest = [...groups].map(([criterion, some]) => {
    const group = fold(
      h("span", {}, page.criteria[criterion] || w.other_points, " ", h("span", { class: "soft" }, some.length)),
      () => byRole(some).map((f) => findingCard(board, f)),
    );
    some.forEach((f) => board.folds.set(f.id, group));
    group.roles = new Set(some.map((f) => f.role));
    group.grades = new Set(some.map((f) => f.severity));
    group.classList.add("group");
    return group;
  });
  board.restGroups = rest;
  return h("section", { class: "list", "aria-label": w.findings },
    h("div", { class: "bar" }, h("h2", {}, w.findings), h("button", { type: "button", class: "link", onclick: (e) => board.openAll(e.target) }, w.open_all)),
    filters(board, shown),
    strengths(board),
    list,
    board.empty = h("p", { class: "soft", hidden: true }, w.none_fits),
    page.findings.length ? null : h("p", {}, w.no_findings),
    rest.length ? h("h3", { class: "rest" }, fill(w.less_pressing, { n: folded.length })) : null,
    rest,
  );
}

function filters(board, shown) {
  const { page, words: w } = board;
  const count = (role) => shown.filter((f) => f.role === role).length;
  const chip = (role, label, colour) => h("button", { type: "button", class: "chip", "data-chip": role, "role-colour": colour, "aria-pressed": String(role === ""), onclick: () => board.filter({ role }) }, label);
  const chips = Object.entries(page.roles).filter(([role]) => count(role)).map(([role, told]) => chip(role, [icon(told.icon), told.title, " ", h("span", { class: "soft" }, count(role))], told.colour));
  const severity = h("select", { "aria-label": w.severity, onchange: (e) => board.filter({ severity: e.target.value }) },
    h("option", { value: "" }, w.any_severity),
    Object.entries(page.severities).map(([name, told]) => h("option", { value: name }, `${told.shape} ${fill(w.at_least, { severity: told.word })}`)));
  return h("div", { class: "filters", role: "group", "aria-label": w.filter }, chip("", w.all, "var(--st-text-color)"), chips, severity);
}

function strengths(board) {
  const { page, words: w } = board;
  if (!page.strengths.length) return null;
  return fold([icon("thumb_up"), fill(w.strengths, { n: page.strengths.length })], () =>
    page.strengths.map((s) => h("div", { class: "strength" }, h("p", {}, roleMark(board, s.role), " ", s.title), s.quotes.map((q) => quoteLine(board, q)))));
}
