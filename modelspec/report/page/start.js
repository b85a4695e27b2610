// What is there is drawn; what a browser cannot do leaves the table, which needs no script.
const FIGURES = { curves: curvesFigure, parallel: parallelFigure, importance: importanceFigure, sizes: sizesFigure,
  times: timesFigure };

function viewOf(data, shown, printed) {
  return {
    data, shown, printed, colours: palette(printed),
    byNumber: new Map(data.variants.map((variant) => [variant.n, variant])),
    ranked: data.variants.filter((variant) => variant.rank !== null && shown.has(variant.n)),
  };
}

function fillMetrics(data) {
  const select = document.getElementById("metric");
  if (!select) return;
  select.append(...data.curves.metrics.map((name) => element("option", { value: name }, name)));
  select.value = data.curves.first;
}

async function start() {
  const data = JSON.parse(await unpack("packed-data"));
  let shown = new Set(data.variants.map((variant) => variant.n));
  let library = null;
  const names = Object.keys(FIGURES).filter((name) => document.getElementById(name));
  const draw = (drawn = names, { printed = false } = {}) => {
    if (!library) return;
    const view = viewOf(data, shown, printed);
    if (drawn.includes("parallel")) widen(view);
    for (const name of drawn) {
      const [traces, layout] = FIGURES[name](view);
      const size = printed ? { width: 690, autosize: false } : { width: undefined };
      library.react(name, traces, { ...layoutOf(view.colours, layout), ...size }, CONFIG);
    }
  };
  makeSortable();
  const choose = makeFilter((numbers) => {
    shown = numbers;
    draw(names.filter((name) => name !== "importance"));
  });
  const reveal = makeOpening(data.variants);
  fillMetrics(data);
  for (const [id, name] of [["metric", "curves"], ["most", "curves"], ["against", "times"]]) {
    document.getElementById(id)?.addEventListener("change", () => draw([name]));
  }
  document.documentElement.dataset.ready = "table";
  if (!names.length) return;
  library = await loadLibrary();
  for (const name of names) {
    draw([name]);
    const figure = document.getElementById(name);
    figure.on("plotly_click", (event) => {
      const number = event.points[0].customdata;
      if (typeof number === "number") reveal(number);
    });
    if (name === "parallel") makeSelecting(figure, choose);
    await new Promise((resolve) => setTimeout(resolve));
  }
  dark.addEventListener("change", () => draw());
  window.addEventListener("beforeprint", () => draw(names, { printed: true }));
  window.addEventListener("afterprint", () => draw());
  document.documentElement.dataset.ready = "figures";
}

start().catch((error) => {
  for (const figure of document.querySelectorAll(".figure")) {
    figure.replaceChildren(element("p", { class: "error" }, `This browser cannot draw it: ${error}`));
  }
  document.documentElement.dataset.ready = "failed";
});
