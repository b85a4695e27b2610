// The page's colours, for figures, which know nothing of style sheets.
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function palette(printed) {
  return dark.matches && !printed
    ? { text: "#e4e7eb", muted: "#9aa4b0", line: "#2d333b", ground: "#1c2026", accent: "#7db3ff", best: "#ffa657",
        from: [74, 82, 92], to: [125, 179, 255], faint: "rgba(154,164,176,0.16)" }
    : { text: "#1b1f24", muted: "#5d6773", line: "#e1e5ea", ground: "#ffffff", accent: "#1f5fbf", best: "#c75a00",
        from: [201, 207, 214], to: [31, 95, 191], faint: "rgba(93,103,115,0.13)" };
}

// Of a variant: from grey for the last to the accent's colour for the second; the best stands out.
function colourOf(variant, ranked, colours) {
  if (variant.rank === 1) return colours.best;
  if (variant.rank === null || ranked < 2) return colours.muted;
  const share = 1 - (variant.rank - 1) / (ranked - 1);
  const mixed = colours.from.map((from, place) => Math.round(from + (colours.to[place] - from) * share));
  return `rgb(${mixed.join(",")})`;
}

// Plotly reads a little HTML in texts; ours are no HTML.
function plain(text) {
  const names = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  return String(text).replace(/[&<>]/g, (letter) => names[letter]);
}

function shortened(text, most) {
  const letters = Array.from(String(text));
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : letters.join("");
}

function layoutOf(colours, more) {
  const axis = { gridcolor: colours.line, linecolor: colours.line, zerolinecolor: colours.line, automargin: true,
    tickfont: { color: colours.muted }, title: { font: { color: colours.muted, size: 12.5 }, standoff: 12 } };
  const { xaxis = {}, yaxis = {}, ...rest } = more;
  const withTitle = (own) => ({ ...axis, ...own, title: { ...axis.title, ...own.title } });
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 56, r: 12, t: 10, b: 46 },
    font: { family: "system-ui, sans-serif", size: 12.5, color: colours.text }, showlegend: false, hovermode: "closest",
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colours.muted, activecolor: colours.accent },
    hoverlabel: { bgcolor: colours.ground, bordercolor: colours.line, font: { color: colours.text, size: 12.5 }, align: "left" },
    xaxis: withTitle(xaxis), yaxis: withTitle(yaxis), autosize: true, ...rest,
  };
}

// The buttons are named, since plotly.js has one by default that sends the figure's data to its maker's server.
const CONFIG = {
  displaylogo: false, responsive: true, displayModeBar: "hover", doubleClick: "reset", plotlyServerURL: "",
  modeBarButtons: [["toImage", "resetScale2d"]],
};
