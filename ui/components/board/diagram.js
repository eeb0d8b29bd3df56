const MODES = { batch: "10 6", "micro-batch": "5 3", stream: null, request: "1.5 4" };

function diagramView(place, words, onBadge, onNode, colourOf) {
  // One picture of a map; `onBadge(n)` and `onNode(node)` hear of clicks.
  const [w, hgt] = place.box;
  const root = svg("svg", { viewBox: `0 0 ${place.width} ${place.height}`, role: "group", "aria-label": words.diagram_label, class: "map",
    style: `max-width:${Math.round(place.width * 1.15)}px` });
  const arrow = (id, kind) => svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" }, svg("path", { d: "M0 0L8 4L0 8z", class: kind }));
  root.append(svg("defs", {}, arrow("tip", "tip"), arrow("tip-personal", "tip personal"),
    svg("pattern", { id: "old", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, svg("rect", { width: 6, height: 6, class: "old-back" }), svg("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "old-line" }))));
  place.flows.forEach((flow) => root.append(flowLine(flow, place, words)));
  place.nodes.forEach((node) => root.append(nodeBox(node, w, hgt, words, onBadge, onNode, colourOf)));
  return root;
}

function flowLine(flow, place, words) {
  const { x1, y1, x2, y2 } = flow;
  let path, mx, my;
  if (flow.back) {
    const side = Math.max(x1, x2) > place.width / 2 ? place.width - 4 : 4;
    path = `M${x1} ${y1 - 8} C${side} ${y1 + 30}, ${side} ${y2 - 30}, ${x2} ${y2}`;
    [mx, my] = [side + (side < 20 ? 24 : -24), (y1 + y2) / 2];
  } else {
    const bend = Math.max(18, (y2 - y1) / 2);
    path = `M${x1} ${y1} C${x1} ${y1 + bend}, ${x2} ${y2 - bend}, ${x2} ${y2 - 1}`;
    [mx, my] = [(x1 + x2) / 2, (y1 + y2) / 2 + 4];
  }
  const dash = MODES[flow.mode];
  const told = [flow.mode && (words[`mode_${flow.mode.replace("-", "_")}`] || flow.mode), flow.interval].filter(Boolean).join(" ");
  const group = svg("g", { class: `flow${flow.personal ? " personal" : ""}` },
    svg("path", { d: path, "stroke-dasharray": dash, "stroke-linecap": flow.mode === "request" ? "round" : null, "marker-end": flow.personal ? "url(#tip-personal)" : "url(#tip)" }));
  if (flow.stated && told && y2 - y1 < 90 && !flow.back) group.append(svg("text", { x: mx, y: my, "text-anchor": "middle", class: "flow-label" }, told));
  group.append(svg("title", {}, [flow.label, told, flow.personal ? words.personal : ""].filter(Boolean).join(" · ")));
  return group;
}

function nodeBox(node, w, hgt, words, onBadge, onNode, colourOf) {
  const label = [words[`kind_${node.kind}`], node.name, node.region, node.legacy ? words.legacy : "", node.reached ? words.personal : "", node.external ? words.external : ""].filter(Boolean).join(", ");
  const open = () => onNode && onNode(node);
  const box = svg("g", { class: `node ${node.kind}${node.legacy ? " legacy" : ""}${node.external ? " external" : ""}`, transform: `translate(${node.x} ${node.y})`,
    tabindex: onNode ? 0 : null, role: onNode ? "button" : "img", "aria-label": label, onclick: open,
    onkeydown: (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); open(); } } });
  const round = { source: 4, stage: 8, store: 8, model: 22, consumer: 8 }[node.kind] || 8;
  box.append(svg("rect", { width: w, height: hgt, rx: round, class: "box", fill: node.legacy ? "url(#old)" : null }));
  if (node.kind === "store") box.append(svg("path", { d: `M0 9 H${w}`, class: "lid" }));
  const lines = broken(node.name, 20);
  const sub = [words[`kind_${node.kind}`] || node.kind, node.region].filter(Boolean).join(" · ");
  const top = lines.length > 1 ? 21 : 27;
  lines.forEach((line, i) => box.append(svg("text", { x: w / 2, y: top + i * 14, "text-anchor": "middle", class: "name" }, line)));
  box.append(svg("text", { x: w / 2, y: hgt - 8, "text-anchor": "middle", class: "sub" }, cut(sub, 27)));
  if (node.reached && !node.removes) box.append(svg("g", { class: "person" }, svg("circle", { cx: 11, cy: 0, r: 8 }), svg("text", { x: 11, y: 4, "text-anchor": "middle" }, "P")));
  else if (node.removes) box.append(svg("g", { class: "removes" }, svg("circle", { cx: 11, cy: 0, r: 8 }), svg("text", { x: 11, y: 4, "text-anchor": "middle" }, "P"), svg("path", { d: "M5 6L17 -6" })));
  box.append(svg("title", {}, [node.name, node.technology, node.region, ...node.personal].filter(Boolean).join(" · ")));
  badgeRow(node, w, box, words, onBadge, colourOf);
  return box;
}

function badgeRow(node, w, box, words, onBadge, colourOf) {
  const shown = node.badges.slice(0, 4);
  shown.forEach((n, i) => {
    const badge = svg("g", { class: "map-badge", transform: `translate(${w - 8 - (shown.length - 1 - i) * 20} 0)`, role: "button", tabindex: 0, "data-n": n,
      "aria-label": words.finding_n.replace("{n}", n), style: `--role:${colourOf(n)}`,
      onclick: (e) => { e.stopPropagation(); onBadge(n); },
      onkeydown: (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); e.stopPropagation(); onBadge(n); } } },
      svg("circle", { r: 9.5 }), svg("text", { y: 4, "text-anchor": "middle" }, n));
    box.append(badge);
  });
}

function broken(text, most) {
  if (text.length <= most) return [text];
  const cutAt = text.lastIndexOf(" ", most);
  const first = cutAt > 6 ? text.slice(0, cutAt) : text.slice(0, most);
  return [first, cut(text.slice(first.length).trim(), most)];
}

function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function legend(words) {
  const line = (mode, dash) => h("span", { class: "key" }, svg("svg", { width: 34, height: 8, "aria-hidden": "true" }, svg("path", { d: "M1 4H33", class: "key-line", "stroke-dasharray": dash, "stroke-linecap": mode === "request" ? "round" : null })), words[`mode_${mode.replace("-", "_")}`]);
  return h("div", { class: "legend" }, Object.entries(MODES).map(([mode, dash]) => line(mode, dash)),
    h("span", { class: "key" }, h("b", { class: "swatch personal" }, "P"), words.personal),
    h("span", { class: "key" }, h("b", { class: "swatch legacy" }), words.legacy),
    h("span", { class: "key" }, h("b", { class: "swatch external" }), words.external));
}

function nodeDetails(node, words) {
  const rows = node.details.map(([name, value]) => [h("dt", {}, words[`field_${name}`] || name), h("dd", {}, value)]);
  return h("div", { class: "details" }, h("h4", {}, node.name), h("p", { class: "soft" }, [words[`kind_${node.kind}`], node.technology].filter(Boolean).join(" · ")),
    rows.length ? h("dl", {}, rows) : h("p", { class: "soft" }, words.nothing_stated));
}
