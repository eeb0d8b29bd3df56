function designText(board) {
  const body = h("div", { class: "text" });
  board.spans = new Map();
  for (const block of board.page.blocks) {
    body.append(h(`h${Math.min(Math.max(block.level, 1) + 2, 6)}`, { class: "section" }, block.title));
    for (const piece of block.pieces) body.append(pieceOf(board, piece));
  }
  if (!board.page.blocks.length) body.append(h("p", { class: "soft" }, board.words.no_text));
  return body;
}

function pieceOf(board, piece) {
  if (piece.kind === "code") return codePiece(board, piece);
  const tag = { item: "p", row: "div" }[piece.kind] || "p";
  const node = h(tag, { class: `piece ${piece.kind}` });
  piece.spans.forEach((part, place) => {
    if (place) node.append(piece.kind === "row" ? document.createTextNode("") : document.createTextNode(" "));
    node.append(spanNode(board, part, piece.kind === "row" ? "div" : "span"));
  });
  return node;
}

function codePiece(board, piece) {
  const lines = () => h("pre", {}, piece.spans.map((part) => [part.lead || "", spanNode(board, part, "span"), "\n"]));
  const marked = piece.spans.some((part) => part.marks.length);
  if (piece.spans.length <= 8 || marked) return lines();
  const group = fold(fill(board.words.code_lines, { n: piece.spans.length }), lines);
  piece.spans.forEach((part) => board.spanFolds.set(part.id, group));
  return group;
}

function spanNode(board, part, tag) {
  const node = h(tag, { class: "span", id: part.id });
  board.spans.set(part.id, node);
  if (!part.marks.length) {
    node.append(part.text);
    return node;
  }
  node.append(h("mark", { onclick: () => board.select(board.byNumber.get(part.marks[0]).id, "text") }, part.text));
  for (const n of part.marks) {
    const finding = board.byNumber.get(n);
    node.append(h("button", { type: "button", class: "badge", "data-n": n, "role-colour": board.page.roles[finding.role].colour,
      "aria-label": `${fill(board.words.finding_n, { n })}: ${finding.title}`, onclick: () => board.select(finding.id, "text") }, n));
  }
  return node;
}
