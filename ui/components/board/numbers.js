function numbersView(board) {
  const { numbers } = board.page;
  const w = board.words;
  const parts = [];
  if (!numbers.map) parts.push(h("p", { class: "soft" }, w.no_map));
  if (numbers.first) {
    parts.push(h("p", { class: "lead" }, numbers.first.text, " ", factLink(board, numbers.first.fact)));
  }
  if (numbers.load.length) {
    const top = Math.max(1, ...numbers.load.map((row) => row.grown));
    parts.push(h("h4", {}, w.load), h("p", { class: "soft" }, w.load_help), h("div", { class: "chart" },
      numbers.load.map((row) => [
        h("button", { type: "button", class: "label", onclick: () => board.showFact(row.fact) }, row.label),
        h("span", { class: "bars" }, pair(row.now, top), pair(row.grown, top)),
        h("span", { class: "value" }, `1x ${percent(row.now)}`, h("br"), `10x ${percent(row.grown)}`),
      ])));
  }
  parts.push(waterfall(board, "latency"), waterfall(board, "freshness"));
  parts.push(h("h4", {}, w.all_numbers), factList(board));
  if (numbers.gaps.length) parts.push(h("h4", {}, w.not_computed), h("ul", { class: "gaps" }, numbers.gaps.map((gap) => h("li", {}, gap))));
  return h("div", { class: "numbers" }, parts);
}

function pair(share, top) {
  const track = bar(0, share / top, share > 1 ? "over" : "");
  track.append(h("em", { class: "limit", style: { left: `${(1 / top) * 100}%` }, "aria-hidden": "true" }));
  return track;
}

function waterfall(board, family) {
  const told = board.page.numbers[family];
  if (!told) return null;
  let reached = 0;
  const rows = told.rows.map((row) => {
    const start = reached;
    reached = Math.min(1, reached + row.share);
    return [h("button", { type: "button", class: "label", onclick: () => board.showFact(row.fact) }, row.label), bar(Math.min(start, 0.99), row.share), h("span", { class: "value" }, percent(row.share))];
  });
  return [h("h4", {}, board.words[family]), h("p", {}, holdsMark(board, told.holds), told.text, " ", factLink(board, told.fact)), rows.length ? h("div", { class: "chart" }, rows) : null];
}

function holdsMark(board, holds) {
  if (holds === null) return null;
  return h("span", { class: holds ? "holds" : "fails" }, icon(holds ? "check_circle" : "cancel"), holds ? board.words.holds : board.words.fails, " ");
}

function factLink(board, id) {
  return h("button", { type: "button", class: "link", onclick: () => board.showFact(id) }, board.words.how_computed);
}

function factList(board) {
  const groups = new Map();
  for (const fact of board.page.numbers.facts) groups.set(fact.family, [...(groups.get(fact.family) || []), fact]);
  return [...groups].map(([family, facts]) => {
    const failing = facts.filter((f) => f.holds === false).length;
    const group = fold(h("span", {}, family, " ", h("span", { class: "soft" }, facts.length), failing ? h("span", { class: "fails" }, ` ${fill(board.words.n_fail, { n: failing })}`) : null), () => facts.map((fact) => factRow(board, fact)));
    facts.forEach((fact) => board.factFolds.set(fact.id, group));
    return group;
  });
}

function factRow(board, fact) {
  const inputs = fact.inputs.map((input) => input.span
    ? h("button", { type: "button", class: "link", onclick: () => board.showSpan(input.span) }, cut(input.text, 90))
    : input.fact ? h("button", { type: "button", class: "link", onclick: () => board.showFact(input.fact) }, cut(input.text, 90))
    : h("span", {}, cut(input.text, 90)));
  const node = h("details", { class: "factrow" }, h("summary", {}, holdsMark(board, fact.holds), fact.text),
    fact.formula ? h("p", { class: "formula" }, fact.formula) : null,
    inputs.length ? h("p", { class: "soft" }, `${board.words.inputs} `, inputs.map((input, i) => [i ? " · " : "", input])) : null);
  board.factRows.set(fact.id, node);
  return node;
}
