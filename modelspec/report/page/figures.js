// Each figure: a function from what is shown to what Plotly draws.
const text = (variant, ...more) => [
  `<b>${plain(shortened(variant.name, 48))}</b>  #${variant.n}${variant.rank ? `, rank ${variant.rank}` : ""}`,
  ...more,
  ...variant.values.map(([name, value]) => `${plain(name)}: ${plain(shortened(value, 40))}`),
].join("<br>");
const LABEL = "%{text}<extra></extra>";

function curvesFigure(view) {
  const { data, byNumber, colours } = view;
  const metric = document.getElementById("metric").value;
  const most = Number(document.getElementById("most").value);
  const place = (run) => byNumber.get(run.n).rank ?? Infinity;
  const known = data.curves.runs.filter((run) => view.shown.has(run.n) && run.values[metric]);
  known.sort((one, other) => place(one) - place(other) || one.n - other.n);
  const kept = new Set(most ? [...new Set(known.map((run) => run.n))].slice(0, most) : known.map((run) => run.n));
  const drawn = known.filter((run) => kept.has(run.n)).reverse();
  // Grey is the last of those that are drawn, as of many the first are hardly told apart.
  const last = Math.max(...drawn.map((run) => byNumber.get(run.n).rank ?? 0));
  const traces = drawn.map((run) => {
    const variant = byNumber.get(run.n);
    const seed = run.seed === null ? "" : `, seed ${run.seed}`;
    return {
      type: "scatter", mode: run.epochs.length > 1 ? "lines" : "markers", x: run.epochs, y: run.values[metric],
      line: { color: colourOf(variant, last, colours), width: variant.rank === 1 ? 2.4 : 1.3 },
      marker: { color: colourOf(variant, last, colours) }, customdata: run.epochs.map(() => run.n),
      text: run.epochs.map((epoch, point) =>
        text(variant, `epoch ${epoch}${seed}: ${plain(metric)} ${run.values[metric][point]}`)),
      hovertemplate: LABEL,
    };
  });
  const longest = Math.max(1, ...drawn.map((run) => run.epochs.at(-1)));
  const steps = longest <= 12 ? { tick0: 1, dtick: 1 } : {};
  return [traces, { xaxis: { title: { text: "epoch" }, ...steps }, yaxis: { title: { text: plain(metric) } } }];
}

function importanceFigure(view) {
  const bars = [...view.data.importance].reverse();
  return [[{
    type: "bar", orientation: "h", x: bars.map((bar) => bar.share), y: bars.map((bar, place) => place), width: 0.62,
    marker: { color: view.colours.accent }, cliponaxis: false, textposition: "outside",
    text: bars.map((bar) =>
      `${Math.round(bar.share * 100)} %${bar.among < view.data.ranked ? ` of ${bar.among} variants` : ""}`),
    hovertext: bars.map((bar) => plain(bar.key)), hovertemplate: "%{hovertext}: %{text}<extra></extra>",
  }], {
    xaxis: { range: [0, 1.1], tickformat: ".0%", fixedrange: true, title: { text: "share of the variance" } },
    yaxis: { tickvals: bars.map((bar, place) => place), ticktext: bars.map((bar) => plain(shortened(bar.label, 26))),
      fixedrange: true, showgrid: false, zeroline: false, range: [-0.7, Math.max(bars.length, 5) - 0.4] },
  }];
}

function points(view, found, x) {
  const errors = found.map((variant) => variant.deviation ?? 0);
  return {
    type: "scatter", mode: "markers", x: found.map(x), y: found.map((variant) => variant.value),
    error_y: { type: "data", array: errors, visible: errors.some(Boolean), thickness: 1, width: 0, color: view.colours.muted },
    marker: { size: 8, color: found.map((variant) => colourOf(variant, view.data.ranked, view.colours)),
      line: { color: view.colours.muted, width: 0.6 } },
    customdata: found.map((variant) => variant.n), hovertemplate: LABEL,
    text: found.map((variant) => text(variant, `${plain(view.data.objective)} ${plain(variant.shown)}`,
      ...(variant.params === null ? [] : [`${variant.params.toLocaleString("en")} parameters`]))),
  };
}

function better(view) {
  return view.data.goal === "maximize" ? (one, other) => one > other : (one, other) => one < other;
}

// A line through what is better than all before it.
function front(view, found, x, shape) {
  const isBetter = better(view);
  const line = [];
  for (const variant of found) {
    if (!line.length || isBetter(variant.value, line.at(-1).value)) line.push(variant);
  }
  const xs = line.map(x), ys = line.map((variant) => variant.value);
  if (shape === "hv" && found.length) {
    xs.push(x(found.at(-1)));
    ys.push(ys.at(-1));
  }
  return { type: "scatter", mode: "lines", x: xs, y: ys, hoverinfo: "skip",
    line: { color: view.colours.best, width: 1.4, dash: "dash", shape } };
}

// 1, 2 and 5 of each decade, or over many decades 1 alone.
function logTicks(low, high) {
  const digits = high / low > 2000 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    ticks.push(...digits.map((digit) => digit * 10 ** power));
  }
  const letters = { notation: "compact", maximumSignificantDigits: 3 };
  return { type: "log", tickvals: ticks, ticktext: ticks.map((tick) => tick.toLocaleString("en", letters)) };
}

function sizesFigure(view) {
  const found = view.ranked.filter((variant) => variant.params !== null);
  const size = (variant) => variant.params;
  found.sort((one, other) => size(one) - size(other) || one.rank - other.rank);
  const sizes = found.map(size);
  const log = sizes.length > 1 && sizes[0] > 0 && sizes.at(-1) / sizes[0] >= 10;
  return [[front(view, found, size, "linear"), points(view, found, size)], {
    xaxis: { title: { text: "parameters of the model" }, ...(log ? logTicks(sizes[0], sizes.at(-1)) : {}) },
    yaxis: { title: { text: plain(view.data.objective) } },
  }];
}

const UNITS = [["hours", 3600, 3600 * 3], ["minutes", 60, 300], ["seconds", 1, 0]];

function timesFigure(view) {
  const kind = document.getElementById("against").value;
  const found = view.ranked.filter((variant) => variant[kind] !== null);
  found.sort((one, other) => one[kind] - other[kind] || one.n - other.n);
  const longest = Math.max(0, ...found.map((variant) => variant[kind]));
  const [name, size] = UNITS.find(([, , from]) => longest >= from);
  const x = (variant) => variant[kind] / size;
  const traces = kind === "ended" ? [front(view, found, x, "hv")] : [];
  const title = kind === "ended" ? `${name} since the first start; dashed: the best so far` : `${name} of all its runs`;
  return [[...traces, points(view, found, x)], {
    xaxis: { title: { text: title }, rangemode: "tozero" }, yaxis: { title: { text: plain(view.data.objective) } },
  }];
}
