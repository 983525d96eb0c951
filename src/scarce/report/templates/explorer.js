// The explorer: a slider moves the cut; counts, rates and cost follow from a table of sums made in Python.
// All text enters the page through textContent. Nothing is fetched, stored or timed.
(function () {
  "use strict";
  const root = document.getElementById("explorer");
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const part = (name) => root.querySelector('[data-part="' + name + '"]');
  const slider = part("cut"), prevalence = part("prevalence");
  const boxes = { fn: part("fn-cost"), fp: part("fp-cost") };
  const last = data.cut.length - 1;
  const state = { at: data.chosen, fn: data.fn_cost, fp: data.fp_cost, shift: 0 };

  // The same rule as scarce.report.scales.plain, so that a number reads alike with and without this script.
  function plain(value, digits) {
    if (!Number.isFinite(value)) return "–";
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size < 1e-15 || size >= 1e21) return (value < 0 ? "\u2212" : "") + Number(size.toPrecision(digits));
    const decimals = Math.min(20, Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
    let [whole, rest = ""] = size.toFixed(decimals).split(".");
    whole = whole.replace(/\B(?=(\d{3})+$)/g, ",");
    rest = rest.replace(/0+$/, "");
    return (value < 0 ? "\u2212" : "") + whole + (rest ? "." + rest : "");
  }
  const percent = (share, digits) => plain(100 * share, digits || 3) + "\u202f%";
  const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

  function usedPrevalence() {
    if (state.shift === 0) return data.prevalence;
    return sigmoid(Math.log(data.prevalence / (1 - data.prevalence)) + state.shift * Math.LN10 / 100);
  }

  // Sums per 10,000 rows at one cut, positives and negatives re-weighted to the prevalence asked for.
  function cells(at) {
    const share = usedPrevalence();
    const plus = 1e4 * share / data.positives, minus = 1e4 * (1 - share) / data.negatives;
    const [found, cleared, foundCost, clearedCost] = data.reviewed || [0, 0, 0, 0];
    const cell = {
      tp: data.tp[at] * plus,
      fn: data.fn[at] * plus,
      fp: data.fp[at] * minus,
      tn: data.tn[at] * minus,
      rp: found * plus,
      rn: cleared * minus,
    };
    const flags = cell.tp + cell.fp;
    cell.reviews = cell.rp + cell.rn;
    cell.alerts = flags * data.alert_unit;
    cell.precision = flags > 0 ? cell.tp / flags : NaN;
    cell.recall = data.caught[at] / data.to_catch;
    cell.cost = (data.cost_fn[at] * state.fn / data.fn_cost + data.cost_tp[at] + foundCost) * plus
      + (data.cost_fp[at] * state.fp / data.fp_cost + data.cost_tn[at] + clearedCost) * minus;
    return cell;
  }

  function cutInWords(at) {
    if (data.unit === "factor") {
      return "p × fn > " + plain(Math.exp(data.cut[at]), 3) + " × (1 − p) × fp";
    }
    return "p > " + percent(sigmoid(data.cut[at] - data.offset));
  }

  // Another cost in the boxes of plain costs goes into the command; the rule flags the same rows either way.
  function command(at) {
    const short = (value) => String(Number(value.toPrecision(10)));
    if (!data.cost) return data.command + " --cut " + short(sigmoid(data.cut[at]) / data.labelled) + data.out;
    const asked = data.plain_costs && state.fn > 0 && state.fp > 0 && (state.fn !== data.fn_cost || state.fp !== data.fp_cost);
    if (!asked) return data.command + data.cost + " --factor " + short(Math.exp(data.cut[at])) + data.out;
    const moved = data.cut[at] - data.offset + Math.log(state.fn / state.fp);
    return data.command + " --cost fn=" + state.fn + ",fp=" + state.fp + " --factor " + short(Math.exp(moved)) + data.out;
  }

  function put(name, text, value) {
    const place = part(name);
    place.textContent = text;
    if (value !== undefined) place.dataset.value = String(value);
  }

  function cheapest(costs) {
    let best = 0;
    costs.forEach((cost, at) => { if (cost < costs[best]) best = at; });
    return best;
  }

  function across(panel, at) {
    const place = (Math.min(Math.max(data.cut[at], data.low), data.high) - data.low) / (data.high - data.low);
    return panel.left + place * (panel.right - panel.left);
  }

  function drawPanel(name, values, top, at) {
    const panel = data.panel;
    const up = (value) => panel.bottom - Math.min(value / top, 1) * (panel.bottom - panel.top);
    const points = [];
    values.forEach((value, index) => {
      if (Number.isFinite(value) && data.cut[index] >= data.low && data.cut[index] <= data.high) {
        points.push(across(panel, index).toFixed(1) + " " + up(value).toFixed(1));
      }
    });
    part("curve-" + name).setAttribute("d", points.length ? "M" + points.join("L") : "");
    const dot = part("dot-" + name), line = part("cursor-" + name);
    line.setAttribute("transform", "translate(" + across(panel, at).toFixed(1) + " 0)");
    dot.setAttribute("visibility", Number.isFinite(values[at]) ? "visible" : "hidden");
    dot.setAttribute("cx", across(panel, at).toFixed(1));
    dot.setAttribute("cy", up(Number.isFinite(values[at]) ? values[at] : 0).toFixed(1));
  }

  function update() {
    const at = state.at, now = cells(at), all = data.cut.map((_, index) => cells(index));
    const shown = ["tp", "fp", "fn", "tn", "alerts", "cost"].concat(data.reviewed ? ["rp", "rn", "reviews"] : []);
    for (const name of shown) put(name, plain(now[name], 3), now[name]);
    put("precision", percent(now.precision), now.precision);
    put("recall", percent(now.recall), now.recall);
    put("cut-words", cutInWords(at));
    if (data.command) put("command", command(at));
    put("prevalence-words", percent(usedPrevalence()) + (state.shift === 0 ? " (as in the data)" : ""));
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", cutInWords(at) + "; " + plain(now.alerts, 3) + " " + data.alerts);
    prevalence.setAttribute("aria-valuetext", percent(usedPrevalence()));
    const costs = all.map((cell) => cell.cost);
    const top = Math.max(1.15 * Math.min(Math.max(...costs), 2.5 * costs[last]), Number.MIN_VALUE);
    drawPanel("precision", all.map((cell) => cell.precision), 1, at);
    drawPanel("recall", all.map((cell) => cell.recall), 1, at);
    drawPanel("cost", costs, top, at);
    put("top-cost", plain(top, 2));
    part("cheapest").disabled = cheapest(costs) === at;
    part("back").disabled = at === data.chosen && state.shift === 0 && state.fn === data.fn_cost && state.fp === data.fp_cost;
    part("is-chosen").style.visibility = at === data.chosen ? "visible" : "hidden";
  }

  function readBox(key) {
    const value = Number(boxes[key].value);
    const good = boxes[key].value.trim() !== "" && Number.isFinite(value) && value >= 0;
    boxes[key].setAttribute("aria-invalid", String(!good));
    part("refused").hidden = ["fn", "fp"].every((name) => boxes[name].getAttribute("aria-invalid") !== "true");
    if (good) state[key] = value;
    update();
  }

  function back() {
    Object.assign(state, { at: data.chosen, fn: data.fn_cost, fp: data.fp_cost, shift: 0 });
    prevalence.value = "0";
    for (const key of ["fn", "fp"]) {
      boxes[key].value = String(data[key + "_cost"]);
      boxes[key].setAttribute("aria-invalid", "false");
    }
    part("refused").hidden = true;
    update();
  }

  slider.max = String(last);
  slider.addEventListener("input", () => { state.at = Number(slider.value); update(); });
  prevalence.addEventListener("input", () => { state.shift = Number(prevalence.value); update(); });
  for (const key of ["fn", "fp"]) boxes[key].addEventListener("input", () => readBox(key));
  part("back").addEventListener("click", back);
  part("cheapest").addEventListener("click", () => {
    state.at = cheapest(data.cut.map((_, index) => cells(index).cost));
    update();
  });
  part("controls").hidden = false;
  part("about-controls").hidden = false;
  back();
})();
