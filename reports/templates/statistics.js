"use strict";
/* Figures of random numbers: one function a kind, each gives the traces and layout of a plot. */
const statistics = ({ colour, faint, plain, raised }) => {
  const frame = () => ({
    font: { color: colour("soft"), size: 12, family: getComputedStyle(document.body).fontFamily },
    margin: { l: 52, r: 34, t: 30, b: 40 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "x unified",
    dragmode: innerWidth < 700 ? false : "zoom", legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: colour("ink"), size: 13 } },
    hoverlabel: { bgcolor: colour("paper"), bordercolor: colour("line"), font: { color: colour("ink"), size: 12 } } });
  const heading = (text, y) => ({ text: `<b>${text}</b>`, xref: "paper", yref: "paper", x: 0.004, y, xanchor: "left", yanchor: "top", showarrow: false,
    font: { color: colour("ink"), size: 12 }, bgcolor: faint("paper", 0.75) });
  const percent = (v) => `${v > 0 ? "+" : ""}${(100 * v).toPrecision(2)} %`;

  /* Above: density and histogram. Below: how far each bin's share is off, within what chance allows. */
  function histogram({ lines }) {
    const traces = [], layout = frame(), seen = new Map();
    const axis = { gridcolor: colour("line"), zeroline: false };
    layout.xaxis = { ...axis, anchor: "y2", title: { text: "standard deviations", standoff: 4 }, unifiedhovertitle: { text: " " } };
    layout.yaxis = { ...axis, domain: [0.44, 1], rangemode: "tozero", fixedrange: true };
    layout.yaxis2 = { ...axis, domain: [0, 0.36], range: [-0.1, 0.1], tickformat: "+.0%", fixedrange: true, zeroline: true, zerolinecolor: colour("soft") };
    layout.annotations = [heading("density", 1), heading("off by", 0.36)];
    for (const [rank, line] of lines.entries()) {
      const at = line.observed.map((_, i) => (line.edges[i] + line.edges[i + 1]) / 2), tone = colour(`host-${line.host % 6}`), host = plain(line.host);
      const group = JSON.stringify([line.edges, line.expected]), fresh = !seen.has(group);
      seen.set(group, true);
      const inside = line.expected.map((v, i) => (v > 4 * line.allowed[i] ? i : -1)).filter((i) => i >= 0);
      if (fresh) {
        traces.push({ x: at, y: line.expected, mode: "lines", line: { shape: "hvh", width: 0 }, fill: "tozeroy", fillcolor: faint("good", 0.18), name: "stated density", showlegend: seen.size === 1, hoverinfo: "skip" });
        const band = (sign) => inside.map((i) => (sign * line.allowed[i]) / line.expected[i]), where = inside.map((i) => at[i]);
        traces.push({ x: where, y: band(-1), yaxis: "y2", mode: "lines", line: { width: 0 }, showlegend: false, hoverinfo: "skip" });
        traces.push({ x: where, y: band(1), yaxis: "y2", mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: faint("good", 0.15), name: "allowed", showlegend: seen.size === 1, hoverinfo: "skip" });
      }
      const thick = 1.5 + 1.4 * Math.min(3, lines.length - 1 - rank);
      traces.push({ x: at, y: line.observed, mode: "lines", line: { shape: "hvh", color: tone, width: thick }, name: host, legendgroup: host, hoverinfo: "skip" });
      const off = inside.map((i) => line.observed[i] / line.expected[i] - 1);
      traces.push({ x: inside.map((i) => at[i]), y: off, yaxis: "y2", mode: "lines", line: { color: tone, width: thick }, name: host, legendgroup: host, showlegend: false,
        customdata: off.map((v) => `${percent(v)} · ${line.told}`), hovertemplate: `${host}: %{customdata}<extra></extra>` });
    }
    return { traces, layout };
  }

  /* Numbers of a run's file: NaN and the infinities stand there by name, and are not drawn. */
  const real = (column) => column.map((v) => (typeof v === "number" ? v : null));

  /* A band between two columns, under the lines. */
  function band(where, low, high, axes, first, rest = {}) {
    const ground = { x: where, ...axes, mode: "lines", line: { width: 0, ...rest }, hoverinfo: "skip", legendgroup: "allowed" };
    return [{ ...ground, y: low, showlegend: false }, { ...ground, y: high, fill: "tonexty", fillcolor: faint("good", 0.15), name: "allowed", showlegend: first }];
  }

  /* Marks of an axis of decimal logarithms: whole decades; plain numbers where there are few. */
  function decades(least, most) {
    const near = most - least < 0.4 ? [0.8, 0.9, 1, 1.1, 1.25] : [0.1, 0.2, 0.5, 1, 2, 5, 10];
    if (most - least < 1.6) return near.map((v) => [Math.log10(v), String(v)]).filter(([e]) => e >= least && e <= most);
    const step = [1, 2, 5, 10, 20, 50, 100].find((s) => (most - least) / s <= 5) || 200, marks = [];
    for (let e = Math.ceil(least / step) * step; e <= most; e += step) marks.push([e, raised(e)]);
    return marks;
  }

  /* One panel for each activation and direction: decimal logarithms of the variance after each layer. */
  function depths({ panels }, dtype, width) {
    const traces = [], layout = frame(), shown = new Set();
    const names = [...new Set(panels.map((p) => p.activation))], directions = ["forward", "backward"], wide = width >= 700;
    const rows = wide ? names.length : panels.length, gap = 64, room = 210;
    layout.height = rows * (room + gap) + 30;
    layout.margin.b = gap;
    layout.annotations = [];
    layout.legend.itemsizing = "constant";
    const total = rows * room + (rows - 1) * gap;
    panels.forEach((panel, place) => {
      const row = wide ? names.indexOf(panel.activation) : place, column = wide ? directions.indexOf(panel.direction) : 0;
      const top = 1 - (row * (room + gap)) / total, bottom = top - room / total, id = place ? place + 1 : "";
      const left = column ? 0.54 : 0, right = wide && !column ? 0.46 : 1, axes = { xaxis: `x${id}`, yaxis: `y${id}` };
      const layers = panel.lines[0].theory.map((_, i) => i + 1), all = panel.lines.flatMap((l) => [...real(l.low), ...real(l.high), ...real(l.measured)]).filter((v) => v !== null);
      const least = Math.min(-0.02, ...all), most = Math.max(0.02, ...all), span = most - least, marks = decades(least, most);
      layout[`xaxis${id}`] = { domain: [left, right], anchor: `y${id}`, range: [-0.5, layers.length + 1], gridcolor: colour("line"), zeroline: false, fixedrange: true, title: { text: "layers", standoff: 4, font: { size: 12 } }, unifiedhovertitle: { text: "after layer %{x}" } };
      layout[`yaxis${id}`] = { domain: [bottom, top], anchor: `x${id}`, range: [least - 0.06 * span, most + 0.14 * span], tickvals: marks.map((m) => m[0]), ticktext: marks.map((m) => m[1]), gridcolor: colour("line"), zeroline: false, fixedrange: true };
      layout.annotations.push({ ...heading(panel.title, top), x: left + 0.004 });
      const seen = new Set(), several = new Set(panel.lines.map((l) => JSON.stringify(l.theory))).size > 1;
      for (const line of panel.lines) {
        const tone = colour(`host-${line.host % 6}`), host = plain(line.host), theory = JSON.stringify(line.theory), fresh = !seen.has(theory);
        const once = (name) => !shown.has(name) && Boolean(shown.add(name));
        seen.add(theory);
        if (fresh) {
          // After a few layers chance may leave nothing: the band goes as deep there as it ever does.
          const low = real(line.low), deepest = Math.min(...low.map((v, i) => (v === null ? 0 : v - line.theory[i])));
          traces.push(...band(layers, low.map((v, i) => v ?? line.theory[i] + deepest), real(line.high), axes, once("allowed")));
          traces.push({ x: [0, ...layers], y: [0, ...real(line.theory)], ...axes, mode: "lines", line: { color: several ? tone : colour("good"), width: 1.5 }, name: "theory", legendgroup: "theory", showlegend: once("theory"), hoverinfo: "skip" });
        }
        const factors = line.measured.map((v, i) => (typeof v === "number" && typeof line.theory[i] === "number" ? `${Number((10 ** (v - line.theory[i])).toPrecision(3))} of theory` : "no finite number"));
        traces.push({ x: layers, y: real(line.measured), ...axes, mode: "markers", marker: { color: tone, size: 4.5 }, name: host, legendgroup: host, showlegend: once(host),
          customdata: factors.map((f) => `${f} · ${line.told}`), hovertemplate: `${host}: %{customdata}<extra></extra>` });
      }
    });
    return { traces, layout };
  }

  /* Above: counts of rows and of columns. Below: the shares of kept units at all rates, over what is allowed. */
  function counts({ lines }) {
    const traces = [], layout = frame(), axis = { gridcolor: colour("line"), zeroline: false };
    const kinds = lines[0].lines, places = [[0, 0.46], [0.54, 1]];
    layout.annotations = [];
    kinds.forEach((kind, place) => {
      const id = place ? place + 1 : "", [left, right] = places[place], axes = { xaxis: `x${id}`, yaxis: `y${id}` };
      const at = kind.observed.map((_, i) => (kind.edges[i] + kind.edges[i + 1]) / 2), low = kind.expected.map((v, i) => Math.max(0, v - kind.noise[i])), high = kind.expected.map((v, i) => v + kind.noise[i]);
      layout[`xaxis${id}`] = { ...axis, domain: [left, right], anchor: `y${id}`, title: { text: `units kept, of ${kind.units}`, standoff: 4, font: { size: 12 } }, fixedrange: true, unifiedhovertitle: { text: "about %{x}" } };
      layout[`yaxis${id}`] = { ...axis, domain: [0.5, 1], anchor: `x${id}`, rangemode: "tozero", tickformat: ".0%", fixedrange: true };
      layout.annotations.push({ ...heading(`${kind.lines.toLocaleString("en")} ${kind.of}`, 1), x: left + 0.004 });
      traces.push(...band(at, low, high, axes, !place, { shape: "hvh" }));
      traces.push({ x: at, y: kind.expected, ...axes, mode: "lines", line: { shape: "hvh", color: colour("good"), width: 1.5 }, name: "binomial", legendgroup: "binomial", showlegend: !place, hoverinfo: "skip" });
      for (const [rank, line] of lines.entries()) {
        const tone = colour(`host-${line.host % 6}`), host = plain(line.host), own = line.lines[place], thick = 1.5 + 1.4 * Math.min(3, lines.length - 1 - rank);
        traces.push({ x: at, y: own.observed, ...axes, mode: "lines", line: { shape: "hvh", color: tone, width: thick }, name: host, legendgroup: host, showlegend: !place,
          customdata: own.observed.map((v, i) => `${(100 * v).toPrecision(2)} %, ${(100 * low[i]).toPrecision(2)} to ${(100 * high[i]).toPrecision(2)} allowed`), hovertemplate: `${host}: %{customdata}<extra></extra>` });
      }
    });
    const axes = { xaxis: "x3", yaxis: "y3" };
    layout.xaxis3 = { ...axis, domain: [0, 1], anchor: "y3", range: [-0.02, 1.02], title: { text: "rate", standoff: 4, font: { size: 12 } }, fixedrange: true, unifiedhovertitle: { text: "rate %{x}" } };
    layout.yaxis3 = { ...axis, domain: [0, 0.34], anchor: "x3", range: [-1.6, 1.6], tickvals: [-1, 0, 1], ticktext: ["−1", "0", "1"], fixedrange: true, zeroline: true, zerolinecolor: colour("good") };
    layout.annotations.push({ ...heading("share kept: off by, over what is allowed", 0.345), yanchor: "bottom" });
    traces.push(...band([-0.02, 1.02], [-1, -1], [1, 1], axes, false));
    for (const [rank, line] of lines.entries()) {
      const tone = colour(`host-${line.host % 6}`), host = plain(line.host), off = real(line.off).map((v, i) => v / line.allowed[i]);
      traces.push({ x: line.rates, y: off.map((v) => Math.max(-1.4, Math.min(1.4, v))), ...axes, mode: "markers", marker: { color: tone, size: 6 + 3 * Math.min(3, lines.length - 1 - rank) }, name: host, legendgroup: host, showlegend: false,
        customdata: off.map((v, i) => `${line.off[i]}, ${v.toPrecision(2)} of what is allowed`), hovertemplate: `${host}: %{customdata}<extra></extra>` });
    }
    return { traces, layout };
  }
  /* Errors of updates over the size of gradients, both in decimal logarithms. */
  function updates({ lines }, dtype) {
    const traces = [], layout = frame(), unit = { float64: 2 ** -53, float32: 2 ** -24, bfloat16: 2 ** -8, float16: 2 ** -11 }[dtype];
    const most = 1, least = Math.log10(unit) - 1.5, clip = (v) => (typeof v !== "number" ? (v === null ? null : most - 0.2) : Math.min(most - 0.2, Math.max(least + 0.2, Math.log10(v || 1e-300))));
    const at = lines[0].scale.map((v) => Math.log10(v)), marks = decades(least, most), where = decades(Math.min(...at), Math.max(...at));
    const axis = { gridcolor: colour("line"), zeroline: false, fixedrange: true };
    layout.xaxis = { ...axis, tickvals: where.map((m) => m[0]), ticktext: where.map((m) => m[1]), title: { text: "size of gradients", standoff: 4 }, unifiedhovertitle: { text: " " } };
    layout.yaxis = { ...axis, range: [least, most], tickvals: marks.map((m) => m[0]), ticktext: marks.map((m) => m[1]) };
    layout.annotations = [heading("error over the longest update", 1)];
    traces.push(...band(at, at.map(() => least), lines[0].allowed.map(clip), {}, true));
    for (const [rank, line] of lines.entries()) {
      const tone = colour(`host-${line.host % 6}`), host = plain(line.host), thick = 1.5 + 1.4 * Math.min(3, lines.length - 1 - rank);
      traces.push({ x: line.scale.map((v) => Math.log10(v)), y: line.error.map(clip), mode: "lines+markers", line: { color: tone, width: thick }, marker: { color: tone, size: 4 }, name: host, legendgroup: host,
        customdata: line.error.map((v, i) => `gradients of ${line.scale[i]}: ${v} of the update, ${line.allowed[i]} accepted`), hovertemplate: `${host}: %{customdata}<extra></extra>` });
    }
    return { traces, layout };
  }
  return { histogram, depths, counts, updates };
};
