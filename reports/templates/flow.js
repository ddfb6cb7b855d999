"use strict";
/* Profiles through depth: a row for each depth, signals on the left, gradients on the right. */
const flow = ({ colour, faint, plain, raised }) => ({ lines, stacks, depths }, dtype, width) => {
  const wide = width >= 700, gap = 66, room = 250, rows = wide ? depths.length : 2 * depths.length, total = rows * room + (rows - 1) * gap;
  const tones = ["#d1495b", "#2a7fba", "#3a9d5d", "#b07d12", "#7b52ab", "#2a9d96", "#8a6d5a", "#c2569c"], marks = ["circle-open", "x-thin-open", "cross-thin-open", "square-open"];
  const dark = getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) < 384;
  const tone = (stack) => tones[stacks.indexOf(stack) % tones.length];
  const veil = (hex, alpha) => `rgba(${[1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)).join(",")},${alpha})`;
  const font = { color: colour("soft"), size: 12, family: getComputedStyle(document.body).fontFamily };
  const layout = { font, height: total + 120, margin: { l: 58, r: 20, t: 70, b: 46 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest", dragmode: wide ? "zoom" : false, annotations: [],
    legend: { orientation: "h", x: 0, y: 1, yref: "container", yanchor: "top", itemsizing: "constant", font: { color: colour("ink"), size: 13 } }, hoverlabel: { bgcolor: colour("paper"), bordercolor: colour("line"), font: { color: colour("ink"), size: 12 } } };
  const traces = [], hosts = [...new Set(lines.map((l) => l.host))], deepest = depths[depths.length - 1];
  let place = 0;
  depths.forEach((depth, rank) => ["state", "gradient"].forEach((column, side) => {
    const row = wide ? rank : 2 * rank + side, id = place ? place + 1 : "", top = 1 - (row * (room + gap)) / total, bottom = top - room / total;
    const left = wide && side ? 0.55 : 0, right = wide && !side ? 0.47 : 1, axes = { xaxis: `x${id}`, yaxis: `y${id}` }, mine = lines.filter((l) => l.depth === depth);
    place += 1;
    const heights = mine.flatMap((l) => [...l[column], ...l[`${column}_low`], ...l[`${column}_high`]]).filter((v) => v !== null), floor = { float64: -640, float32: -92, bfloat16: -92, float16: -17 }[dtype];
    const most = Math.min(-floor, Math.max(0.5, ...heights)), least = Math.max(floor, Math.min(-0.5, ...heights)), span = most - least;
    const step = [0.5, 1, 2, 5, 10, 20, 50, 100, 200].find((s) => span / s <= 6) || 400, ticks = [];
    for (let e = Math.ceil(least / step) * step; e <= most + 1e-9; e += step) ticks.push(e);
    const text = (e) => (Number.isInteger(e) ? raised(e) : String(Number((10 ** e).toPrecision(2))));
    layout[`xaxis${id}`] = { domain: [left, right], anchor: `y${id}`, range: [-0.02 * depth, 1.02 * depth], gridcolor: colour("line"), zeroline: false, fixedrange: true, title: { text: side ? "layers below it" : "layers above it", standoff: 4, font: { size: 12 } } };
    layout[`xaxis${id}`].title.text = "layer";
    layout[`yaxis${id}`] = { domain: [bottom, top], anchor: `x${id}`, range: [least - 0.05 * span, most + 0.16 * span], tickvals: ticks, ticktext: ticks.map(text), gridcolor: colour("line"), zeroline: true, zerolinecolor: colour("soft"), fixedrange: true };
    layout.annotations.push({ text: `<b>${depth.toLocaleString("en")} layers: ${side ? "gradient, mean square over the last one's" : "signal, mean square"}</b>`, xref: "paper", yref: "paper", x: left + 0.004, y: top, xanchor: "left", yanchor: "top", showarrow: false, font: { color: colour("ink"), size: 12 }, bgcolor: faint("paper", 0.75) });
    for (const stack of stacks) {
      const own = mine.filter((l) => l.stack === stack), first = own[0];
      if (!first) continue;
      const shown = depth === deepest && side === 1, clip = (v) => (v === null ? null : Math.max(floor, Math.min(-floor, v)));
      const ground = { x: first.layers, ...axes, mode: "lines", line: { width: 0 }, hoverinfo: "skip", legendgroup: stack, showlegend: false };
      traces.push({ ...ground, y: first[`${column}_low`].map(clip) }, { ...ground, y: first[`${column}_high`].map(clip), fill: "tonexty", fillcolor: veil(tone(stack), dark ? 0.28 : 0.18) });
      own.forEach((line) => {
        const rank_ = hosts.indexOf(line.host), every = Math.max(1, Math.round(line.layers.length / 24)), offset = Math.round((rank_ * every) / hosts.length);
        traces.push({ x: line.layers, y: line[column].map(clip), ...axes, mode: "lines", line: { color: tone(stack), width: 1.2 }, hoverinfo: "skip", legendgroup: stack, showlegend: shown && rank_ === 0, name: stack });
        const at = line.layers.map((_, i) => i).filter((i) => i % every === offset % every);
        traces.push({ x: at.map((i) => line.layers[i]), y: at.map((i) => clip(line[column][i])), ...axes, mode: "markers", marker: { color: tone(stack), size: 7, symbol: marks[rank_ % marks.length], line: { width: 1.4, color: tone(stack) } }, legendgroup: stack, showlegend: false,
          customdata: at.map((i) => `${stack} on ${plain(line.host)}<br>layer ${line.layers[i]}: 10^${line[column][i]}<br>${line.told}`), hovertemplate: "%{customdata}<extra></extra>" });
      });
    }
  }));
  hosts.forEach((host, rank) => traces.push({ x: [null], y: [null], mode: "markers", marker: { color: colour("ink"), size: 8, symbol: marks[rank % marks.length], line: { width: 1.4, color: colour("ink") } }, name: plain(host), hoverinfo: "skip" }));
  return { traces, layout };
};
