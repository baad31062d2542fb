// The page of hinc's report: trees of causes, the timeline, the table. Words of others are only ever set as text.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const root = document.documentElement;
  const data = JSON.parse(byId("data").textContent);

  const modules = data.modules.map(([name, build, component, mark, reason, change, parent, time], at) => ({
    at, build, change, parent, time, lane: -1, begin: 0,
    name: data.words[mark] ? `${name} ${data.words[mark]}` : name,
    component: data.words[component],
    place: (data.builds.length > 1 ? `${data.builds[build][0]} ` : "") + data.words[component],
    reason: data.words[reason],
    because: change < 0 ? "" : data.changes[change],
  }));

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

  // As src/report/words.rs has it.
  const duration = (milliseconds) => {
    if (milliseconds < 0) return "";
    const seconds = milliseconds / 1000;
    if (seconds < 0.095) return `${seconds.toFixed(2)} s`;
    if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    const both = (large, unit, rest, restUnit) => (rest ? `${large} ${unit} ${rest} ${restUnit}` : `${large} ${unit}`);
    if (whole < 3600) return both(Math.floor(whole / 60), "min", whole % 60, "s");
    const minutes = Math.floor(whole / 60);
    return both(Math.floor(minutes / 60), "h", minutes % 60, "min");
  };

  const stillness = matchMedia("(prefers-reduced-motion: reduce)");
  const redraws = [];

  // What is drawn has colours, too.
  root.addEventListener("hinc-theme", () => redraws.forEach((redraw) => redraw()));

  // Causes: a tree of each change, of which a branch is made when it is opened.
  {
    const PART = 100;
    const FLAT = 8;
    const children = new Map();
    const roots = new Map();
    for (const module of modules) {
      if (module.change < 0) continue;
      const [map, key] = module.parent < 0 ? [roots, module.change] : [children, module.parent];
      if (!map.has(key)) map.set(key, []);
      map.get(key).push(module);
    }
    // A cause was compiled before what it set off, and so has the lower number.
    const below = new Uint32Array(modules.length);
    for (let at = modules.length - 1; at >= 0; at -= 1) {
      if (modules[at].parent >= 0) below[modules[at].parent] += below[at] + 1;
    }
    const branch = (own, depth) => {
      const list = element("ul", undefined, depth > FLAT ? "tree flat" : "tree");
      let shown = 0;
      const more = element("button", "", "more");
      more.type = "button";
      const add = () => {
        for (const module of own.slice(shown, shown + PART)) list.append(item(module, depth));
        shown = Math.min(shown + PART, own.length);
        const place = more.parentNode;
        if (place) place.remove();
        if (shown < own.length) {
          more.textContent = `${grouped(own.length - shown)} more`;
          const last = element("li");
          last.append(more);
          list.append(last);
        }
      };
      more.addEventListener("click", () => {
        const before = list.children.length - 1;
        add();
        const next = list.children[before];
        next.tabIndex = -1;
        next.focus();
      });
      add();
      return list;
    };
    const item = (module, depth) => {
      const made = element("li");
      const own = children.get(module.at) || [];
      const told = [element("bdi", module.name)];
      // Of the others the tree itself says why.
      const why = module.parent < 0 ? [" ", element("bdi", module.reason, "note")] : [];
      if (module.component && module.component !== "lib") told.push(" ", element("span", module.component, "note"));
      if (module.time >= 0) told.push(" ", element("span", duration(module.time), "measure"));
      if (own.length) {
        const button = element("button", undefined, "fold");
        button.type = "button";
        button.setAttribute("aria-expanded", "false");
        button.append(...told, " ", element("span", `sets off ${grouped(below[module.at])}`, "count"));
        let list = null;
        button.addEventListener("click", () => {
          const open = button.getAttribute("aria-expanded") === "true";
          if (!list) { list = branch(own, depth + 1); made.append(list); }
          list.hidden = open;
          button.setAttribute("aria-expanded", String(!open));
        });
        made.append(button, ...why);
        if (depth === 0 && own.length <= 20) button.click();
      } else {
        made.className = "leaf";
        made.append(...told, ...why);
      }
      return made;
    };
    for (const change of document.querySelectorAll("details.change")) {
      let made = false;
      const make = () => {
        if (made || !change.open) return;
        made = true;
        const own = roots.get(Number(change.dataset.change)) || [];
        const tree = branch(own, 0);
        const plain = change.querySelector("ul.tree");
        if (plain) plain.replaceWith(tree); else change.append(tree);
      };
      change.addEventListener("toggle", make);
      make();
    }
  }

  // The table: search, sorting, pages.
  if (byId("modules")) {
    const ROWS = 100;
    const table = byId("modules-table");
    const body = table.tBodies[0];
    const search = byId("search");
    const select = byId("package");
    const count = byId("modules-count");
    const headers = [...table.tHead.querySelectorAll("th")];
    const compared = new Intl.Collator("en", { numeric: true }).compare;
    const keys = {
      name: (a, b) => compared(a.name, b.name),
      component: (a, b) => compared(a.place, b.place),
      time: (a, b) => a.time - b.time,
      why: (a, b) => compared(a.reason, b.reason),
      change: (a, b) => compared(a.because, b.because),
    };
    let key = "time";
    let falling = true;
    let page = 0;
    let found = [];
    const haystacks = modules.map((module) =>
      [module.name, module.place, module.reason, module.because].join("\n").toLowerCase());
    const show = () => {
      const pages = Math.max(1, Math.ceil(found.length / ROWS));
      page = Math.min(Math.max(page, 0), pages - 1);
      const rows = found.slice(page * ROWS, page * ROWS + ROWS).map((module) => {
        const row = element("tr");
        row.setAttribute("role", "row");
        const cells = [
          ["c-name", module.name], ["c-component", module.place], ["c-time", duration(module.time)],
          ["c-why", module.reason], ["c-change", module.because],
        ];
        for (const [className, text] of cells) {
          const cell = element("td", undefined, className);
          cell.setAttribute("role", "cell");
          cell.append(element("bdi", text));
          row.append(cell);
        }
        return row;
      });
      body.replaceChildren(...rows);
      const first = page * ROWS;
      count.textContent = found.length === 0 ? "Nothing is found"
        : found.length <= ROWS ? `${grouped(found.length)} ${search.value ? "found" : "compiled"}`
        : `${grouped(first + 1)} to ${grouped(first + rows.length)} of ${grouped(found.length)}`;
      byId("page-number").textContent = `Page ${grouped(page + 1)} of ${grouped(pages)}`;
      byId("page-before").disabled = page === 0;
      byId("page-after").disabled = page === pages - 1;
    };
    const find = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = select ? select.value : "all";
      found = modules.filter((module) => {
        if (wanted === "own" ? data.builds[module.build][1] : wanted !== "all" && module.build !== Number(wanted)) {
          return false;
        }
        return words.every((word) => haystacks[module.at].includes(word));
      });
      const order = keys[key];
      // Equal ones stay in GHC's order, whichever way.
      found.sort(falling ? (a, b) => order(b, a) : order);
      page = 0;
      show();
    };
    for (const header of headers) {
      const button = header.querySelector("button");
      button.addEventListener("click", () => {
        falling = key === button.dataset.key ? !falling : button.dataset.key === "time";
        key = button.dataset.key;
        for (const other of headers) other.removeAttribute("aria-sort");
        header.setAttribute("aria-sort", falling ? "descending" : "ascending");
        find();
      });
    }
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(find, 80);
    });
    if (select) select.addEventListener("change", find);
    const turn = (by) => {
      page += by;
      show();
      table.scrollIntoView({ block: "start", behavior: stillness.matches ? "auto" : "smooth" });
    };
    byId("page-before").addEventListener("click", () => turn(-1));
    byId("page-after").addEventListener("click", () => turn(1));
    find();
  }

  // The timeline: a canvas, of which only what can be seen is drawn.
  if (byId("timeline")) {
    const LANE = 26;
    const AXIS = 24;
    const EDGE = 8;
    const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5];
    const COLOURS = 6;
    const canvas = byId("timeline-canvas");
    const frame = byId("timeline-frame");
    const detail = byId("timeline-detail");
    const context = canvas.getContext("2d");
    const besides = { "-1": "linking a program", "-2": "C sources, preprocessing, archives, GHC's own start" };
    const lanes = data.lanes.map(([title, spans]) => ({
      title, spans: spans.map(([what, begin, time]) => ({ what, begin, end: begin + time, time })),
    }));
    const end = lanes.reduce((latest, lane) => lane.spans.reduce((most, span) => Math.max(most, span.end), latest), 1);

    // The changes that took longest have a colour; of the others a reader could not tell the colours apart.
    const costs = new Map();
    for (const module of modules) {
      if (module.change >= 0 && module.time > 0) costs.set(module.change, (costs.get(module.change) || 0) + module.time);
    }
    const coloured = [...costs].sort((a, b) => b[1] - a[1]).slice(0, COLOURS).map(([change]) => change);
    const colourOf = (span) => {
      if (span.what < 0) return "beside";
      const change = modules[span.what].change;
      if (change < 0) return "plain";
      const place = coloured.indexOf(change);
      return place < 0 ? "plain" : `cause-${place + 1}`;
    };
    const path = new Set(data.path);
    for (const lane of lanes) {
      for (const span of lane.spans) {
        span.colour = colourOf(span);
        span.critical = path.has(span.what);
      }
    }
    {
      const legend = byId("timeline-legend");
      const entry = (colour, text) => {
        const made = element("li");
        made.append(element("span", undefined, `swatch ${colour}`), " ", element("bdi", text));
        legend.append(made);
      };
      const colours = new Set(lanes.flatMap((lane) => lane.spans.map((span) => span.colour)));
      coloured.forEach((change, place) => entry(`cause-${place + 1}`, data.changes[change]));
      if (colours.has("plain")) entry("plain", coloured.length ? "other modules" : "modules");
      if (colours.has("beside")) entry("beside", "beside modules");
      if (path.size) entry("critical", "critical path: what the others waited for");
    }

    const hint = element("span", "Point at a bar, or go to the timeline with Tab and from bar to bar with the arrows.", "note");
    detail.replaceChildren(hint);

    let from = 0;
    let to = end;
    let width = 0;
    let focused = null;
    let pointed = null;
    // On a phone a lane's title stands above it.
    const isWide = () => width >= 600;
    const left = () => (isWide() ? 160 : EDGE);
    const right = () => width - EDGE;
    const top = (lane) => AXIS + lane * LANE * (isWide() ? 1 : 1.7);
    const barTop = (lane) => top(lane) + (isWide() ? 3 : LANE * 0.7);
    const xOf = (time) => left() + ((time - from) / (to - from)) * (right() - left());
    const timeOf = (x) => from + ((x - left()) / (right() - left())) * (to - from);
    const text = (span) => (span.what < 0 ? besides[span.what] : modules[span.what].name);

    const fitted = (words, room) => {
      if (context.measureText(words).width <= room) return words;
      let low = 0;
      let high = words.length;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (context.measureText(`${words.slice(0, middle)}…`).width <= room) low = middle; else high = middle - 1;
      }
      return low ? `${words.slice(0, low)}…` : "";
    };
    // The first span of a lane that ends after a time: they are in order.
    const firstAfter = (spans, time) => {
      let low = 0;
      let high = spans.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (spans[middle].end > time) high = middle; else low = middle + 1;
      }
      return low;
    };
    const step = () => {
      const rough = ((to - from) / Math.max(1, right() - left())) * 90;
      const hour = STEPS[STEPS.length - 1] / 2;
      return STEPS.find((one) => one >= rough) || Math.ceil(rough / hour) * hour;
    };
    const tick = (time, by) => {
      if (by < 1000) return `${(time / 1000).toFixed(by < 10 ? 3 : by < 100 ? 2 : 1)} s`;
      const whole = Math.round(time / 1000);
      return whole < 60 ? `${whole} s` : duration(whole * 1000);
    };

    let drawn = 0;
    const draw = () => {
      const style = getComputedStyle(root);
      const colour = (name) => style.getPropertyValue(`--${name}`).trim();
      const ratio = devicePixelRatio || 1;
      width = Math.max(200, frame.clientWidth);
      const height = Math.ceil(top(lanes.length) + 4);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      context.font = "12px system-ui, sans-serif";
      context.textBaseline = "middle";
      const by = step();
      context.fillStyle = colour("faint");
      context.strokeStyle = colour("line");
      context.lineWidth = 1;
      for (let time = Math.ceil(from / by) * by; time <= to; time += by) {
        const x = Math.round(xOf(time)) + 0.5;
        context.beginPath();
        context.moveTo(x, AXIS - 4);
        context.lineTo(x, height);
        context.stroke();
        const words = tick(time, by);
        const long = context.measureText(words).width;
        context.fillText(words, Math.min(Math.max(x - long / 2, left()), right() - long), AXIS / 2);
      }
      const colours = new Map();
      drawn = 0;
      lanes.forEach((lane, place) => {
        context.fillStyle = colour("text");
        const [room, middle] = isWide() ? [left() - 2 * EDGE, LANE / 2] : [right() - EDGE, LANE * 0.35];
        context.fillText(fitted(lane.title, room), EDGE, top(place) + middle);
        const y = barTop(place);
        let last = -1;
        for (let at = firstAfter(lane.spans, from); at < lane.spans.length; at += 1) {
          const span = lane.spans[at];
          if (span.begin > to) break;
          const begin = Math.max(xOf(span.begin), left());
          const stop = Math.min(xOf(span.end), right());
          // What ends within the pixel that was drawn last cannot be seen.
          if (stop - last < 0.5 && span !== focused) continue;
          if (!colours.has(span.colour)) colours.set(span.colour, colour(span.colour));
          context.fillStyle = colours.get(span.colour);
          const long = Math.max(stop - begin - (stop - begin > 3 ? 1 : 0), 0.75);
          context.fillRect(begin, y, long, LANE - 6);
          if (span.critical) {
            // Below the bar, so that its own colour is still seen.
            context.fillStyle = colour("text");
            context.fillRect(begin, y + LANE - 6, Math.max(long, 1.5), 3);
          }
          drawn += 1;
          last = stop;
          if (long > 40) {
            context.fillStyle = colour("on-bar");
            context.fillText(fitted(text(span), long - 8), begin + 4, y + (LANE - 6) / 2 + 0.5);
          }
          if (span === focused || span === pointed) {
            context.strokeStyle = colour("text");
            context.lineWidth = 2;
            context.strokeRect(begin, y, Math.max(long, 2), LANE - 6);
          }
        }
      });
      canvas.dataset.drawn = String(drawn);
      canvas.dataset.from = String(Math.round(from));
      canvas.dataset.to = String(Math.round(to));
    };
    let asked = false;
    const redraw = () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => { asked = false; draw(); });
    };
    redraws.push(redraw);

    const see = (begin, stop) => {
      const least = Math.min(end, 5);
      const long = Math.min(Math.max(stop - begin, least), end);
      from = Math.min(Math.max(begin, 0), end - long);
      to = from + long;
      redraw();
    };
    const zoom = (factor, around = (from + to) / 2) =>
      see(around - (around - from) * factor, around + (to - around) * factor);
    const tell = (span, lane) => {
      if (!span) { detail.replaceChildren(hint); return; }
      const parts = [element("bdi", text(span), "title"), ` ${duration(span.time)}`];
      const note = [lanes[lane].title, `from ${tick(span.begin, 10)} on`];
      if (span.what >= 0) {
        const module = modules[span.what];
        if (!lanes[lane].title.endsWith(module.component)) note.splice(1, 0, module.component);
        if (module.time < 0) note.push("not finished");
        else if (Math.abs(module.time - span.time) > 50) note.push(`share of the wall clock ${duration(module.time)}`);
        if (span.critical) note.push("on the critical path");
        note.push(module.reason);
        if (module.because) note.push(`for: ${module.because}`);
      }
      parts.push(element("br"), element("bdi", note.join(" · "), "note"));
      detail.replaceChildren(...parts);
    };
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      const lane = lanes.findIndex((_, place) => y >= barTop(place) && y < barTop(place) + LANE - 6);
      if (lane < 0 || x < left()) return [null, -1];
      const { spans } = lanes[lane];
      const time = timeOf(x);
      const found = spans[firstAfter(spans, time)];
      return found && found.begin <= time ? [found, lane] : [null, -1];
    };

    let place = [0, 0];
    const focus = (lane, index) => {
      place = [lane, index];
      focused = lanes[lane].spans[index];
      if (focused.begin < from || focused.end > to) {
        const long = to - from;
        see(focused.begin + focused.time / 2 - long / 2, focused.begin + focused.time / 2 + long / 2);
      }
      tell(focused, lane);
      const [y, room] = [barTop(lane), frame.clientHeight];
      if (y < frame.scrollTop || y + LANE > frame.scrollTop + room) frame.scrollTop = y - room / 2;
      redraw();
    };
    const limited = (value, most) => Math.min(Math.max(value, 0), most);
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const [lane, index] = place;
      const last = lanes[lane].spans.length - 1;
      const move = (by) => see(from + by * (to - from), to + by * (to - from));
      const between = (next) => {
        const time = focused ? focused.begin : from;
        const { spans } = lanes[next];
        focus(next, limited(firstAfter(spans, time), spans.length - 1));
      };
      const steps = {
        "+": () => zoom(0.5, focused ? focused.begin + focused.time / 2 : undefined),
        "=": () => zoom(0.5, focused ? focused.begin + focused.time / 2 : undefined),
        "-": () => zoom(2),
        "0": () => see(0, end),
        ArrowRight: () => (event.shiftKey ? move(0.25) : focus(lane, limited(focused ? index + 1 : index, last))),
        ArrowLeft: () => (event.shiftKey ? move(-0.25) : focus(lane, limited(focused ? index - 1 : index, last))),
        ArrowDown: () => between(limited(lane + 1, lanes.length - 1)),
        ArrowUp: () => between(limited(lane - 1, lanes.length - 1)),
        Home: () => focus(lane, 0),
        End: () => focus(lane, last),
        Escape: () => { focused = null; tell(null); redraw(); },
      };
      if (!(event.key in steps)) return;
      event.preventDefault();
      steps[event.key]();
    });
    canvas.addEventListener("wheel", (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      // The page scrolls as everywhere, until somebody says that it is the timeline that is meant.
      if (!event.ctrlKey && !event.metaKey && !sideways) return;
      event.preventDefault();
      if (sideways) {
        const by = (event.deltaX / (right() - left())) * (to - from);
        see(from + by, to + by);
      } else {
        const box = canvas.getBoundingClientRect();
        zoom(Math.exp(limited(event.deltaY + 200, 400) / 200 - 1), timeOf(Math.max(event.clientX - box.left, left())));
      }
    }, { passive: false });
    let dragged = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      dragged = { x: event.clientX, from, to, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (dragged) {
        const by = ((dragged.x - event.clientX) / (right() - left())) * (dragged.to - dragged.from);
        dragged.moved = dragged.moved || Math.abs(dragged.x - event.clientX) > 4;
        if (dragged.moved) see(dragged.from + by, dragged.to + by);
        return;
      }
      const [span, lane] = at(event);
      if (span !== pointed) { pointed = span; if (span || !focused) tell(span, lane); redraw(); }
    });
    canvas.addEventListener("pointerup", (event) => {
      const clicked = dragged && !dragged.moved;
      dragged = null;
      if (!clicked) return;
      const [span, lane] = at(event);
      if (span) focus(lane, lanes[lane].spans.indexOf(span));
    });
    canvas.addEventListener("pointercancel", () => { dragged = null; });
    canvas.addEventListener("pointerleave", () => { pointed = null; redraw(); });
    byId("zoom-in").addEventListener("click", () => zoom(0.5));
    byId("zoom-out").addEventListener("click", () => zoom(2));
    byId("zoom-all").addEventListener("click", () => see(0, end));
    new ResizeObserver(redraw).observe(frame);
    draw();
  }
})();
