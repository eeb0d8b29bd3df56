function headStrip(board) {
  const { head, roles } = board.page;
  const w = board.words;
  const total = head.total === null
    ? h("div", { class: "total" }, h("strong", {}, w.not_scored), h("span", { class: "soft" }, w.not_scored_why))
    : h("div", { class: "total" }, h("strong", {}, head.total, h("small", {}, " / 100")), h("span", { class: "soft" }, fill(w.range_total, { low: head.low, high: head.high })));
  const standings = head.roles.map((r) => {
    const told = roles[r.role];
    const level = r.score === null ? h("span", { class: r.status === "failed" ? "fails" : "soft" }, w[`status_${r.status}`] && r.status !== "complete" ? w[`status_${r.status}`] : w.not_scored) : h("span", { class: "level" }, r.score.toFixed(1));
    return h("div", { class: "standing", "role-colour": told.colour, title: r.reason || null }, h("span", { class: "role" }, icon(told.icon), told.title), bar(0, (r.score || 0) / 5, r.score === null ? "none" : ""), level);
  });
  return h("section", { class: "strip", "aria-label": w.score }, total, h("div", { class: "standings" }, standings));
}

function failedRoles(board) {
  return board.page.head.roles.filter((r) => r.status === "failed").map((r) =>
    h("p", { class: "warn", role: "status" }, icon("warning"), `${board.page.roles[r.role].title}: ${r.reason} `, board.words.failed_role));
}

function priorityList(board) {
  const { page, words: w } = board;
  if (!page.priorities.length) return null;
  return h("section", { class: "first" }, h("h2", {}, w.first),
    h("ol", {}, page.priorities.map((id, place) => {
      const finding = board.byId.get(id);
      return h("li", { "role-colour": page.roles[finding.role].colour }, h("b", { "aria-hidden": "true" }, `${place + 1}.`), h("span", {}, h("button", { type: "button", class: "plain", onclick: () => board.select(id, "list") }, finding.title), " ", severityMark(board, finding.severity)));
    })));
}

function conflictCards(board) {
  const { page, words: w } = board;
  if (!page.conflicts.length) return null;
  return h("section", { class: "wide" }, h("h2", {}, w.conflicts), page.conflicts.map((c) =>
    h("div", { class: "conflict" }, h("div", { class: "sides" }, c.sides.map((s) => h("div", { class: "side-card", "role-colour": page.roles[s.role].colour },
      roleMark(board, s.role), h("p", {}, s.n ? h("button", { type: "button", class: "plain", onclick: () => board.select(s.id, "list") }, h("span", { class: "badge" }, s.n), " ", s.title) : s.title)))),
      h("p", { class: "soft" }, c.tension), h("p", { class: "question" }, icon("help"), c.question))));
}

function rubricTable(board) {
  const { page, words: w } = board;
  if (!page.rubric.length) return null;
  return h("section", { class: "wide" }, h("h2", {}, w.rubric), h("p", { class: "soft" }, w.rubric_help),
    h("div", { class: "rubric" }, page.rubric.map((row) => {
      const track = h("span", { class: "track levels" }, h("i", { class: "range", style: { left: `${row.low * 20}%`, width: `${Math.max(1, (row.high - row.low) * 20)}%` } }),
        row.level === null ? null : h("i", { class: "point", style: { left: `${row.level * 20}%` } }));
      return h("details", { class: "criterion", "role-colour": page.roles[row.role].colour },
        h("summary", {}, h("span", { class: "name" }, icon(page.roles[row.role].icon), row.title), track,
          h("span", { class: "level" }, row.level === null ? w.not_scored : row.level.toFixed(1)),
          h("span", { class: "soft" }, row.high - row.low < 0.05 ? "" : fill(w.range_level, { low: row.low.toFixed(1), high: row.high.toFixed(1) }))),
        h("div", { class: "inside" }, row.stands ? h("p", {}, h("strong", {}, w.stands), " ", row.stands) : null,
          row.next ? h("p", {}, h("strong", {}, fill(w.next_level, { level: row.nextLevel })), " ", row.next) : null,
          h("p", { class: "soft" }, row.reason, " ", fill(w.weight, { weight: row.weight })),
          row.levels.length ? fold(w.all_levels, () => h("ol", { start: 0 }, row.levels.map((level) => h("li", {}, level)))) : null));
    })));
}

function restOfReview(board) {
  const { page, words: w } = board;
  return h("section", { class: "wide" },
    page.questions.length ? [h("h2", {}, w.questions), h("ul", {}, page.questions.map((q) => h("li", {}, q)))] : null,
    page.unsupported.length ? fold(fill(w.unsupported, { n: page.unsupported.length }), () => page.unsupported.map((f) =>
      h("div", { class: "strength" }, h("p", {}, roleMark(board, f.role), " ", h("strong", {}, f.title), f.model ? h("span", { class: "made" }, w.by_model) : null), h("p", {}, f.why)))) : null,
    page.notes.length ? fold(fill(w.notes, { n: page.notes.length }), () => h("ul", {}, page.notes.map((n) => h("li", {}, n)))) : null);
}
