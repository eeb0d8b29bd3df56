class MapPicture {
  constructor(parent) {
    this.root = h("div", { class: "root" });
    parent.append(this.root);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.root);
  }

  update(text) {
    if (text === this.text) return;
    this.text = text;
    this.picture = JSON.parse(text);
    this.across = undefined;
    this.draw();
  }

  draw() {
    const across = this.root.clientWidth < 420 ? "narrow" : "wide";
    if (!this.picture || across === this.across || !this.root.clientWidth) return;
    this.across = across;
    const details = h("div", { "aria-live": "polite" });
    const { words } = this.picture;
    this.root.replaceChildren(legend(words), diagramView(this.picture[across], words, () => {}, (node) => details.replaceChildren(nodeDetails(node, words)), () => ""), details);
  }
}

export default function (component) {
  const { parentElement } = component;
  if (!parentElement.picture) parentElement.picture = new MapPicture(parentElement);
  parentElement.picture.update(component.data.picture);
}
