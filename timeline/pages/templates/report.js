"use strict";
// The page is whole without this. It marks where the reader is, folds the contents on a phone, and sorts tables.
(() => {
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  document.documentElement.classList.add("scripted");

  // The contents: open beside the page where there is room for it, otherwise folded into a bar.
  const contents = document.getElementById("contents");
  const side = contents.parentElement;
  const roomy = matchMedia("(min-width: 74rem)");
  const fold = () => { contents.open = roomy.matches; };
  const foldOnAPhone = () => { if (!roomy.matches) contents.open = false; };
  roomy.addEventListener("change", fold);
  fold();
  contents.addEventListener("click", (event) => { if (event.target.closest("a")) foldOnAPhone(); });
  document.addEventListener("click", (event) => { if (!contents.contains(event.target)) foldOnAPhone(); });
  contents.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !roomy.matches && contents.open) {
      contents.open = false;
      contents.querySelector("summary").focus();
    }
  });

  // Where the reader is: the last section that begins in the upper third of the window, at the end of the page the
  // last of all; but the one that was asked for as long as it begins there, however short it is.
  const places = all("a", contents).map((link) => ({ link, place: document.getElementById(link.hash.slice(1)) }));
  const here = contents.querySelector(".here");
  let marked = null;
  const mark = () => {
    const end = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    const line = end ? innerHeight : innerHeight / 3;
    const top = ({ place }) => place.getBoundingClientRect().top;
    const asked = places.find((one) => one.link.hash === location.hash && top(one) >= -2 && top(one) <= line);
    const now = asked || places.filter((one) => top(one) <= line).pop() || places[0];
    if (now === marked) return;
    marked = now;
    for (const { link } of places) {
      if (link === now.link) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
    for (const item of all("li", contents)) item.classList.toggle("within", item.contains(now.link));
    here.textContent = now.link.textContent;
    const box = now.link.getBoundingClientRect();
    if (roomy.matches && (box.top < 0 || box.bottom > innerHeight)) side.scrollTop += box.top - innerHeight / 2;
  };
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  };
  for (const event of ["scroll", "resize", "hashchange"]) addEventListener(event, soon, { passive: true });
  mark();

  // Tables: numbers as numbers, largest first; words by the alphabet; a third click brings back the old order.
  const said = document.getElementById("said");
  const words = new Intl.Collator("en", { numeric: true });
  const text = (cell) => (cell.dataset.sort || cell.textContent).trim();
  const number = (cell) => {
    const found = text(cell).replace(/,(?=\d{3})/g, "").replace(/\u2212/g, "-").match(/^[^\d+-]{0,2}([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/i);
    return found ? Number(found[1]) : null;
  };
  const compare = (one, other, sign) => {
    if (one === null || other === null) return (one === null) - (other === null); // what has no value stays last
    return sign * (typeof one === "number" ? one - other : words.compare(one, other));
  };
  for (const table of all("table.sortable")) {
    const bodies = [...table.tBodies].map((body) => ({ body, rows: [...body.rows] }));
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const numeric = head.classList.contains("number");
      const order = numeric ? ["descending", "ascending"] : ["ascending", "descending"];
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const way = order[order.indexOf(head.getAttribute("aria-sort")) + 1];
        for (const other of heads) other.removeAttribute("aria-sort");
        if (way) head.setAttribute("aria-sort", way);
        const sign = way === "descending" ? -1 : 1;
        const value = (row) => (numeric ? number(row.cells[column]) : text(row.cells[column]) || null);
        for (const { body, rows } of bodies) {
          const heading = rows.filter((row) => row.cells.length < heads.length);
          const sorted = rows.filter((row) => row.cells.length >= heads.length);
          if (way) sorted.sort((one, other) => compare(value(one), value(other), sign));
          body.append(...heading, ...sorted);
        }
        said.textContent = way ? `Sorted by ${button.textContent}, ${way}.` : "In the order of the run again.";
      });
    });
  }

  // A long table can be searched.
  for (const table of all("table.searchable")) {
    const label = document.createElement("label"), field = document.createElement("input");
    label.className = "search";
    field.type = "search";
    label.append("Find ", field);
    table.closest(".scroll").before(label);
    field.addEventListener("input", () => {
      const wanted = field.value.toLowerCase();
      let found = 0;
      for (const body of table.tBodies) {
        const rows = [...body.rows].filter((row) => row.cells.length > 1);
        for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
        const left = rows.filter((row) => !row.hidden).length;
        body.hidden = !left;
        found += left;
      }
      said.textContent = `${found} found.`;
    });
  }

  // What scrolls sideways can be reached and scrolled by the keyboard too.
  const reachable = () => {
    for (const box of all(".scroll, pre")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reachable, { passive: true });
  document.addEventListener("toggle", reachable, true);
  reachable();
})();
