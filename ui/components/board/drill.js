const SLIDERS = {
  rate: [0, 20, 0.5, "x"], capacity: [0, 1, 0.05, "x"], latency: [1, 20, 0.5, "x"], errors: [0, 1, 0.05, ""], timeouts: [0, 1, 0.05, ""],
  duration: [0.5, 48, 0.5, " h"], ramp: [0, 12, 0.5, " h"],
};

function drillView(board, drill) {
  const w = board.words;
  if (!drill) return h("p", { class: "soft" }, w.drill_waits);
  if (drill.error) return h("p", { class: "fails" }, drill.error);
  const pick = h("select", { "aria-label": w.drill_which, onchange: (e) => board.play(e.target.value, {}) },
    drill.scenarios.map((s) => h("option", { value: s.id, selected: s.id === drill.scenario }, s.title)));
  const asked = drill.scenarios.find((s) => s.id === drill.scenario);
  return h("div", { class: "drill" },
    h("label", { class: "soft" }, w.drill_which, pick),
    h("p", {}, asked.question),
    h("div", { class: "sliders" }, drill.settings.map((setting) => sliderOf(board, drill, setting))),
    h("p", { class: "lead", "aria-live": "polite" }, drill.verdict),
    drill.times.length ? backlogCurve(board, drill) : null,
    drill.assumptions.length ? fold(fill(w.assumptions, { n: drill.assumptions.length }), () => h("ul", {}, drill.assumptions.map((a) => h("li", {}, a)))) : null,
    drill.gaps.length ? h("ul", { class: "gaps" }, drill.gaps.map((g) => h("li", {}, g))) : null,
  );
}

function sliderOf(board, drill, setting) {
  const kind = setting.name.split(".").pop();
  if (!SLIDERS[kind]) return null;
  const [low, high, step, unit] = SLIDERS[kind];
  const shown = h("output", {}, setting.text);
  const slide = h("input", { type: "range", min: low, max: high, step, "aria-label": setting.label });
  slide.value = setting.value;
  slide.addEventListener("input", () => { shown.textContent = `${slide.value}${unit}`; });
  slide.addEventListener("change", () => {
    const unitless = unit === "x" ? "" : unit;
    board.play(drill.scenario, { ...drill.overrides, [setting.name]: `${slide.value}${unitless}` });
  });
  return h("label", {}, h("span", {}, setting.label, " ", shown), slide);
}

function backlogCurve(board, drill) {
  const w = board.words;
  const [width, height, left, bottom, top] = [440, 210, 52, 26, 10];
  const end = drill.times[drill.times.length - 1] || 1;
  const highest = Math.max(1, ...drill.lines.flatMap((l) => l.backlog));
  const x = (t) => left + (t / end) * (width - left - 8);
  const y = (v) => height - bottom - (v / highest) * (height - bottom - top);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "curve", role: "img", "aria-label": drill.verdict });
  drill.events.forEach((e) => root.append(svg("rect", { x: x(e.start), y: top, width: Math.max(2, x(Math.min(e.end, end)) - x(e.start)), height: height - bottom - top, class: "event" }, svg("title", {}, e.title))));
  [0, 0.5, 1].forEach((s) => root.append(svg("line", { x1: left, x2: width - 8, y1: y(highest * s), y2: y(highest * s), class: "grid" }), svg("text", { x: left - 6, y: y(highest * s) + 4, "text-anchor": "end", class: "axis" }, short(highest * s))));
  [0, 0.25, 0.5, 0.75, 1].forEach((s) => root.append(svg("text", { x: x(end * s), y: height - 8, "text-anchor": s === 1 ? "end" : "middle", class: "axis" }, `${+((end * s) / 3600).toFixed(1)} h`)));
  drill.lines.forEach((line, i) => root.append(svg("path", { d: line.backlog.map((v, k) => `${k ? "L" : "M"}${x(drill.times[k]).toFixed(1)} ${y(v).toFixed(1)}`).join(""), class: `line line-${i}` }, svg("title", {}, line.name))));
  const keys = drill.lines.map((line, i) => h("span", { class: "key" }, h("b", { class: `swatch line-${i}` }), line.name));
  return h("figure", {}, h("figcaption", { class: "soft" }, w.backlog), root, keys.length ? h("div", { class: "legend" }, keys) : h("p", { class: "soft" }, w.no_backlog));
}

function short(value) {
  const units = [[1e9, "bn"], [1e6, "m"], [1e3, "k"]];
  for (const [size, name] of units) if (value >= size) return `${+(value / size).toPrecision(3)}${name}`;
  return String(+value.toPrecision(3));
}
