// What a line of the table opens into: values, runs, difference and document of a variant.
const MARKS = { same: "  ", added: "+ ", removed: "- ", gap: "⋯ " };

function pairs(rows) {
  return element("dl", {}, ...rows.map(([name, text]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, text))));
}

function detailsOf(variant) {
  const made = element("div", {});
  if (variant.values.length) made.append(element("h3", {}, "Values"), pairs(variant.values));
  if (variant.facts.length) made.append(element("h3", {}, "Model"), pairs(variant.facts));
  for (const reason of variant.reasons) made.append(element("p", { class: "error" }, reason));
  if (variant.runs.length) made.append(element("h3", {}, variant.runs.length > 1 ? "Runs" : "Run"));
  for (const run of variant.runs) {
    made.append(pairs(run.facts));
    if (run.error) made.append(element("p", { class: "error" }, run.error));
    if (run.log) made.append(element("pre", { tabindex: "0" }, run.log));
  }
  if (!variant.document) return made;
  const lines = variant.difference.map(([kind, text]) => element("span", { class: kind }, MARKS[kind] + text));
  const difference = lines.length
    ? element("pre", { class: "difference", tabindex: "0" }, ...lines)
    : element("p", { class: "note" }, "It is the base.");
  made.append(element("div", { class: "texts" },
    element("div", {}, element("h3", {}, "Difference from the base"), difference),
    element("div", {}, element("h3", {}, "Document"),
      element("pre", { class: "document", tabindex: "0" }, variant.document))));
  return made;
}
