// Builds elements. Whatever comes from a design, a document or a model goes in as text, never as markup.
function h(tag, props, ...children) {
  const node = document.createElement(tag);
  set(node, props);
  add(node, children);
  return node;
}

function svg(tag, props, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) node.setAttribute(name, value);
  }
  add(node, children);
  return node;
}

function set(node, props) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "role-colour") node.style.setProperty("--role", value);
    else if (name === "style") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
    else node.setAttribute(name, value === true ? "" : value);
  }
}

function add(node, children) {
  for (const child of children.flat(3)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    node.append(typeof child === "object" ? child : document.createTextNode(String(child)));
  }
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

function icon(name) {
  return h("span", { class: "icon", "aria-hidden": "true" }, name);
}

function fold(summary, build, open) {
  // The inside is made when it is first opened: a page with many findings stays quick.
  const inside = h("div", { class: "inside" });
  const node = h("details", {}, h("summary", {}, summary), inside);
  let made = false;
  const make = () => { if (!made) { made = true; add(inside, [build()]); } };
  node.addEventListener("toggle", () => node.open && make());
  node.make = make;
  if (open) { make(); node.open = true; }
  return node;
}

function percent(share) {
  if (share > 0 && share < 0.001) return "<0.1 %";
  return `${share >= 10 ? Math.round(share * 100) : +(share * 100).toPrecision(3)} %`;
}

function bar(start, share, extra) {
  const shown = Math.max(0.006, Math.min(share, 1 - start));
  return h("span", { class: "track" }, h("i", { class: extra || "", style: { "margin-left": `${start * 100}%`, width: `${shown * 100}%` } }));
}
