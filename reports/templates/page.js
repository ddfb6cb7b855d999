"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, attributes, ...inside) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...inside);
    return made;
  };
  const data = (id) => JSON.parse(document.getElementById(id).textContent);
  const axes = data("axes"), hosts = data("hosts");

  /* Colours: the style sheet's, as the browser resolves them for the theme in use. */
  const probe = document.body.appendChild(make("span", { hidden: true }));
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const faint = (name, alpha) => colour(name).replace("rgb(", "rgba(").replace(")", `, ${alpha})`);
  const root = document.documentElement;
  const kept = { get: () => { try { return localStorage.theme; } catch { return ""; } },
    set: (theme) => { try { localStorage.theme = theme; } catch { /* a file may have no storage */ } } };
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  if (kept.get()) root.dataset.theme = kept.get();
  document.getElementById("theme").addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    kept.set(root.dataset.theme);
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());

  const grid = document.querySelector(".grid"); // its head sticks to the window where all columns fit
  const fit = () => { grid.classList.remove("fits"); grid.classList.toggle("fits", grid.scrollWidth <= grid.clientWidth); };
  addEventListener("resize", fit);

  /* Filters: a technique is shown where some square that remains has a chosen verdict. */
  const rows = all(".grid tr[data-technique]"), search = document.getElementById("search");
  const chosen = (kind) => all(`[data-filter="${kind}"] [aria-pressed="true"]`).map((b) => b.value);
  const filter = () => {
    const [families, verdicts, columns] = ["family", "verdict", "host"].map(chosen);
    const admits = (values, value) => !values.length || values.includes(value);
    for (const square of all(".grid [data-host]")) square.hidden = !admits(columns, square.dataset.host);
    let shown = 0;
    for (const row of rows) {
      const named = row.dataset.technique.includes(search.value.trim().toLowerCase());
      const some = all(".cell", row).some((c) => admits(columns, c.dataset.host) && admits(verdicts, c.dataset.verdict));
      row.hidden = !(named && some && admits(families, row.dataset.family));
      shown += !row.hidden;
      document.getElementById(row.dataset.technique).hidden = row.hidden;
    }
    for (const body of all(".grid tbody")) body.hidden = !all("tr[data-technique]", body).some((r) => !r.hidden);
    fit();
    document.getElementById("shown").textContent = shown === rows.length ? `${shown} techniques` : `${shown} of ${rows.length} techniques`;
  };
  for (const button of all(".chips button")) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
      filter();
    });
  }
  search.addEventListener("input", filter);
  filter();
  /* Parts are laid out and drawn as they come into sight, which moves what is below them: a jump is
     made again until its goal stays where it is. Whoever scrolls meanwhile goes where they like. */
  let goal = null;
  const settle = (part, frames, still) => {
    if (goal !== part || !frames || still > 12) return;
    const before = part.getBoundingClientRect().top;
    part.scrollIntoView({ behavior: "instant" });
    const moved = Math.abs(part.getBoundingClientRect().top - before) > 1;
    requestAnimationFrame(() => settle(part, frames - 1, moved ? 0 : still + 1));
  };
  const reveal = () => {
    goal = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!goal) return;
    goal.hidden = false;
    settle(goal, 120, 0);
  };
  for (const kind of ["wheel", "touchmove", "keydown"]) addEventListener(kind, () => { goal = null; }, { passive: true });
  addEventListener("hashchange", reveal);
  for (const link of all('a[href^="#"]')) link.addEventListener("click", () => { if (link.hash === location.hash) reveal(); });

  /* Hovering over a square tells its laws, read off the technique's own table. */
  const tip = document.getElementById("tip");
  const laws = (cell) => {
    const part = document.getElementById(cell.closest("tr").dataset.technique);
    const found = all(`.laws td[data-column="${cell.dataset.column}"]`, part).map((td) => ({
      law: td.parentElement.dataset.law, verdict: td.dataset.verdict, glyph: td.querySelector("i").textContent, size: td.querySelector("b")?.textContent }));
    return found.sort((a, b) => (a.verdict === "conforms") - (b.verdict === "conforms"));
  };
  const tell = (cell) => {
    const place = cell.parentElement.dataset.technique;
    tip.replaceChildren(make("h4", {}, `${[place, hosts[cell.dataset.host], cell.dataset.dtype].filter(Boolean).join(" · ")}`));
    if (cell.dataset.reason) tip.append(make("div", {}, cell.dataset.reason));
    for (const { law, verdict, glyph, size } of laws(cell)) {
      tip.append(make("div", { className: verdict }, make("i", {}, glyph), make("span", {}, law), make("span", {}, size ? `${size} ulp` : "")));
    }
    tip.hidden = false;
    const box = cell.getBoundingClientRect(), own = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - own.width - 12))}px`;
    tip.style.top = `${box.bottom + own.height + 10 > innerHeight ? Math.max(8, box.top - own.height - 8) : box.bottom + 8}px`;
  };
  for (const cell of all(".grid .cell[data-verdict]")) {
    if (!cell.dataset.verdict) continue;
    for (const event of ["mouseenter", "focusin"]) cell.addEventListener(event, () => tell(cell));
    for (const event of ["mouseleave", "focusout"]) cell.addEventListener(event, () => { tip.hidden = true; });
  }

  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  /* Figures: drawn when they scroll into view. */
  const ORDERS = ["value", "first derivative", "second derivative"], EXACT = 0.04, DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const raised = (exponent) => (exponent === 0 ? "1" : exponent === 1 ? "10" : `10${[...String(exponent)].map((d) => DIGITS[d] || "⁻").join("")}`);
  const spoken = (v) => (v === "inf" ? "NaN or ∞" : v === 0 ? "exact" : `${v < 1e4 ? Number(v.toPrecision(3)) : v.toExponential(1).replace("e+", "·10^")} ulp`);

  /* Marks of the axis that have room: zero and the ends first, then those nearest to one. */
  function marked(axis, width) {
    const room = (46 / width) * axis.x.length, last = axis.at.length - 1, kept = [];
    const order = axis.at.map((_, i) => i).sort((a, b) => rank(a) - rank(b));
    function rank(i) { return i === 0 || i === last || axis.at[i] === 0 ? -1 : Math.abs(Math.abs(axis.at[i]) - axis.x.length / 4); }
    for (const i of order) if (kept.every((k) => Math.abs(axis.at[k] - axis.at[i]) >= room)) kept.push(i);
    return kept.sort((a, b) => a - b);
  }
  function panels(drawn) {
    return ORDERS.map((name, order) => ({ name, order, lines: drawn.lines.filter((l) => l.ulps[order]) })).filter((p) => p.lines.length);
  }
  function heights(sizes) {
    const finite = sizes.filter((v) => typeof v === "number");
    const top = Math.max(1.3, Math.ceil(Math.log10(Math.max(...finite, 1)) + 0.3));
    const step = Math.max(1, Math.ceil(top / 4));
    const marks = [[Math.log10(EXACT), "0"], [Math.log10(0.5), "½"]];
    for (let e = step; e < top; e += step) marks.push([e, raised(e)]);
    if (sizes.includes("inf")) marks.push([top, "∞"]);
    return { top, marks, of: (v) => (v === null ? null : v === "inf" ? top : Math.log10(Math.max(v, EXACT))) };
  }
  const plain = (host) => hosts[host].replace(/[<>&%{}]/g, ""); // what the plot would read as markup
  function figure(drawn, dtype, width) {
    const axis = axes[dtype], marks = marked(axis, width), half = axis.x.length / 2, at = axis.x.map((_, i) => i - half + 0.5);
    const shown = panels(drawn), dying = drawn.lines.some((l) => l.dead.length);
    const strip = dying ? 0.035 * drawn.lines.length : 0, gap = 0.06;
    const room = (1 - strip - gap * (shown.length - 1 + (dying ? 1 : 0))) / shown.length;
    const traces = [], shapes = [], notes = [], font = { color: colour("soft"), size: 12, family: getComputedStyle(document.body).fontFamily };
    const layout = { font, shapes, annotations: notes, margin: { l: 44, r: 34, t: 30, b: 40 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      hovermode: "x unified", dragmode: innerWidth < 700 ? false : "zoom", legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: colour("ink"), size: 13 } },
      hoverlabel: { bgcolor: colour("paper"), bordercolor: colour("line"), font: { color: colour("ink"), size: 12 } } };
    layout.xaxis = { range: [-half, half], tickvals: marks.map((i) => axis.at[i]), ticktext: marks.map((i) => axis.text[i]), tickangle: 0, gridcolor: colour("line"), zeroline: false,
      anchor: dying ? "y9" : `y${shown.length > 1 ? shown.length : ""}`, unifiedhovertitle: { text: " " } };
    shapes.push({ type: "line", xref: "x", yref: "paper", x0: 0, x1: 0, y0: 0, y1: 1, line: { color: colour("soft"), width: 1, dash: "dot" }, layer: "below" });
    shown.forEach(({ name, order, lines }, place) => {
      const id = place ? place + 1 : "", bottom = 1 - (place + 1) * room - place * gap;
      const scale = heights([...lines.flatMap((l) => l.ulps[order]), ...drawn.allowed[order].map((v) => Math.min(v, 1e6))]);
      layout[`yaxis${id}`] = { domain: [bottom, bottom + room], range: [Math.log10(EXACT) - 0.12, scale.top], tickvals: scale.marks.map((m) => m[0]), ticktext: scale.marks.map((m) => m[1]),
        fixedrange: true, gridcolor: colour("line"), zeroline: false };
      const ground = { x: at, yaxis: `y${id}`, mode: "lines", line: { shape: "hvh", width: 0 }, connectgaps: true };
      traces.push({ ...ground, y: at.map(() => Math.log10(EXACT) - 0.5), showlegend: false, customdata: axis.x, hovertemplate: "<b>x ≈ %{customdata}</b><extra></extra>" });
      traces.push({ ...ground, y: drawn.allowed[order].map((v) => (v === null ? null : Math.min(scale.top, scale.of(v)))), name: "allowed", legendgroup: "allowed", showlegend: !place,
        hoverinfo: "skip", fill: "tonexty", fillcolor: faint("good", 0.15) });
      for (const [rank, line] of lines.entries()) {
        const thick = 1.5 + 1.4 * Math.min(3, lines.length - 1 - rank); // where lines coincide, both are seen
        const tone = colour(`host-${line.host % 6}`), sparse = line.ulps[order].filter((v) => v === null).length > 20;
        traces.push({ x: at, y: line.ulps[order].map(scale.of), yaxis: `y${id}`, name: plain(line.host), legendgroup: plain(line.host), showlegend: !place, mode: "lines",
          line: { color: tone, width: thick, shape: sparse ? "linear" : "hvh", dash: line.host > 5 ? "dot" : "solid" }, connectgaps: true,
          customdata: line.ulps[order].map((v) => (v === null ? "" : spoken(v))), hovertemplate: `${plain(line.host)}: %{customdata}<extra></extra>` });
      }
      notes.push({ text: `<b>${name}</b>`, xref: "paper", yref: "paper", x: 0.004, y: bottom + room, xanchor: "left", yanchor: "top", showarrow: false, font: { color: colour("ink"), size: 12 }, bgcolor: faint("paper", 0.75) });
    });
    if (dying) {
      layout.yaxis9 = { domain: [0, strip], range: [drawn.lines.length - 0.5, -0.5], tickvals: [], fixedrange: true, zeroline: false, showgrid: false };
      notes.push({ text: "<b>gradient dies</b>", xref: "paper", yref: "paper", x: 0.004, y: strip + 0.008, xanchor: "left", yanchor: "bottom", showarrow: false, font: { color: colour("bad"), size: 12 } });
      drawn.lines.forEach((line, place) => {
        const tone = colour(`host-${line.host % 6}`);
        shapes.push({ type: "rect", xref: "x", yref: "y9", x0: -half, x1: half, y0: place - 0.3, y1: place + 0.3, line: { width: 0 }, fillcolor: faint("soft", 0.1), layer: "below" });
        for (const bar of line.dead) {
          shapes.push({ type: "rect", xref: "x", yref: "y9", x0: bar.from, x1: Math.max(bar.to, bar.from + 0.3), y0: place - 0.4, y1: place + 0.4, line: { width: 0 }, fillcolor: tone });
          traces.push({ x: [bar.from, (bar.from + bar.to) / 2, bar.to], y: [place, place, place], yaxis: "y9", mode: "markers", marker: { size: 14, opacity: 0 }, showlegend: false, hovertemplate: `${plain(line.host)}: ${bar.text}<extra></extra>` });
        }
      });
    }
    return { traces, layout };
  }
  const kinds = { curve: figure, ...statistics({ colour, faint, plain, raised }), flow: flow({ colour, faint, plain, raised }) };
  const drawings = new Map();
  function draw(box) {
    const all_ = drawings.get(box) || { told: JSON.parse(box.querySelector("script").textContent) };
    const dtypes = Object.keys(all_.told);
    all_.dtype = all_.dtype || (dtypes.includes("float32") ? "float32" : dtypes[0]);
    drawings.set(box, all_);
    for (const tab of all(".tabs button", box)) tab.setAttribute("aria-pressed", tab.value === all_.dtype);
    const { traces, layout } = kinds[box.dataset.kind](all_.told[all_.dtype], all_.dtype, box.clientWidth);
    const plot = box.querySelector(".plot");
    if (layout.height) plot.style.height = `${layout.height}px`;
    box.querySelector(".seen")?.replaceChildren(...all_.told[all_.dtype].seen.map((text) => make("li", {}, text)));
    Plotly.react(plot, traces, layout, { displayModeBar: false, responsive: true });
  }
  function redraw() { for (const box of drawings.keys()) draw(box); }
  const figures = all("figure");
  const watcher = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) { watcher.unobserve(target); draw(target); }
  }, { rootMargin: "400px" });
  for (const box of figures) {
    watcher.observe(box);
    for (const tab of all(".tabs button", box)) {
      tab.addEventListener("click", () => { drawings.set(box, { ...drawings.get(box), dtype: tab.value }); draw(box); });
    }
  }
  addEventListener("beforeprint", () => {
    for (const folded of all("details")) folded.open = true;
    for (const box of figures) if (!drawings.has(box)) draw(box);
  });
  reveal();
})();
