// Parallel coordinates, as lines: they are drawn where there is no WebGL, and tell which variant they are.
const SHADES = 10;
const ABSENT = -0.15; // where a line passes of a variant that has none of the parameter
const MANY = 150; // variants, from which their lines are thinner
const LEAST = 105; // pixels between two axes, below which the figure scrolls

// Variants of nearly one rank, in one line that is broken between them.
function bundle(variants, colour, width, hidden) {
  const trace = { type: "scatter", mode: hidden ? "lines" : "lines+markers", x: [], y: [], customdata: [], text: [],
    line: { color: colour, width }, marker: { color: colour, size: 5 }, connectgaps: false, cliponaxis: false,
    ...(hidden ? { hoverinfo: "skip" } : { hovertemplate: LABEL }) };
  for (const variant of variants) {
    const label = hidden ? "" : text(variant, plain(variant.shown));
    variant.places.forEach((place, axis) => {
      trace.x.push(axis);
      trace.y.push(place ?? ABSENT);
      trace.customdata.push(variant.n);
      trace.text.push(label);
    });
    trace.x.push(null);
    trace.y.push(null);
    trace.customdata.push(null);
    trace.text.push("");
  }
  return trace;
}

function bundles(view) {
  const found = [...view.ranked].sort((one, other) => other.rank - one.rank);
  const hidden = view.data.variants.filter((variant) => variant.rank !== null && !view.shown.has(variant.n));
  const shades = new Map();
  for (const variant of found.filter((one) => one.rank !== 1)) {
    const shade = Math.floor((variant.rank - 1) / Math.max(1, view.data.ranked) * SHADES);
    shades.set(shade, [...(shades.get(shade) ?? []), variant]);
  }
  const best = found.filter((one) => one.rank === 1);
  const width = found.length > MANY ? 0.6 : 1.3;
  return [
    bundle(hidden, view.colours.faint, 1, true),
    ...[...shades.values()].map((own) =>
      bundle(own, colourOf(own[Math.floor(own.length / 2)], view.data.ranked, view.colours), width, false)),
    bundle(best, view.colours.best, 2.6, false),
  ];
}

function parallelFigure(view) {
  const { axes } = view.data;
  const { colours } = view;
  const lines = axes.map((axis, place) => ({ type: "line", layer: "below", x0: place, x1: place, y0: 0, y1: 1,
    line: { color: colours.muted, width: 1 } }));
  const label = (x, y, said, more) => ({ x, y, text: plain(said), showarrow: false, ...more });
  const last = axes.length - 1;
  const side = (place) => (place === last ? { xanchor: "left", xshift: 7 } : { xanchor: "right", xshift: -7 });
  const ticks = axes.flatMap((axis, place) => axis.ticks.map(([y, said]) =>
    label(place, y, shortened(said, 14), { ...side(place), font: { size: 11.5, color: colours.muted },
      bgcolor: view.printed || !dark.matches ? "rgba(255,255,255,0.75)" : "rgba(20,23,27,0.75)", borderpad: 1 })));
  const heads = axes.map((axis, place) => label(place, view.printed && place % 2 ? 1.11 : 1.05, shortened(axis.label, 16) + (axis.log ? " (log)" : ""),
    { yanchor: "bottom", font: { size: 12.5, color: colours.text } }));
  const absent = axes.flatMap((axis, place) =>
    view.data.variants.some((variant) => variant.places && variant.places[place] === null)
      ? [label(place, ABSENT, "none", { ...side(place), font: { size: 11.5, color: colours.muted } })] : []);
  return [bundles(view), {
    shapes: lines, annotations: [...ticks, ...heads, ...absent], dragmode: "select", selectdirection: "d", selections: [],
    newselection: { line: { color: colours.accent } }, margin: { l: 40, r: 40, t: 12, b: 8 },
    xaxis: { visible: false, range: [-0.35, last + 0.35], fixedrange: true },
    yaxis: { visible: false, range: [ABSENT - 0.08, 1.18], fixedrange: true },
  }];
}

function widen(view) {
  document.getElementById("parallel").style.minWidth = view.printed ? "" : `${view.data.axes.length * LEAST}px`;
}

// Calls `choose` with the variants whose lines pass through the box that was drawn, or with null.
function makeSelecting(figure, choose) {
  figure.on("plotly_selected", (event) => {
    const numbers = (event?.points ?? []).map((point) => point.customdata).filter((number) => number !== null);
    if (numbers.length) choose(new Set(numbers));
  });
  figure.on("plotly_deselect", () => choose(null));
}
