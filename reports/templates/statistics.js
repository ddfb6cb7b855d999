"use strict";
/* Figures of random numbers: one function a kind, each gives the traces and layout of a plot. */
const statistics = ({ colour, faint, plain }) => {
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
  return { histogram };
};
