// Copyright (c) 2026, the huaweicloud.sms contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Makes the table of servers sortable and searchable. The page is complete without it. Where the page refreshes itself,
// what is searched for and the order outlive that.
(() => {
  "use strict";
  const table = document.getElementById("servers");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const headings = Array.from(table.tHead.rows[0].cells);
  const search = document.getElementById("search");
  const order = document.getElementById("order");
  const shown = document.getElementById("shown");
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const texts = rows.map((row) => row.textContent.toLowerCase());

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let matching = 0;
    rows.forEach((row, index) => {
      const matches = words.every((word) => texts[index].includes(word));
      row.hidden = !matches;
      matching += matches ? 1 : 0;
    });
    shown.textContent = words.length ? `${matching} of ${rows.length} servers` : `${rows.length} servers`;
  }

  function compare(one, other, numeric, direction) {
    // what has no value comes last, whatever the direction
    if (one === "" || other === "") {
      return (one === "" ? 1 : 0) - (other === "" ? 1 : 0);
    }
    return direction * (numeric ? Number(one) - Number(other) : collator.compare(one, other));
  }

  function sort(column, ascending) {
    const numeric = "numeric" in headings[column].dataset;
    const keyed = Array.from(body.rows, (row) => {
      const cell = row.cells[column];
      return { row, key: numeric ? cell.dataset.value ?? "" : cell.textContent.trim() };
    });
    keyed.sort((one, other) => compare(one.key, other.key, numeric, ascending ? 1 : -1));
    const sorted = document.createDocumentFragment();
    keyed.forEach(({ row }) => sorted.append(row));
    body.append(sorted);
    headings.forEach((heading) => heading.removeAttribute("aria-sort"));
    headings[column].setAttribute("aria-sort", ascending ? "ascending" : "descending");
    order.value = `${column} ${ascending ? "up" : "down"}`;
  }

  function addOrder(heading, column) {
    const name = heading.textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => sort(column, heading.getAttribute("aria-sort") !== "ascending"));
    heading.replaceChildren(button);
    for (const [direction, words] of [["up", ""], ["down", ", descending"]]) {
      order.append(new Option(name + words, `${column} ${direction}`));
    }
  }

  function recall() {
    try {
      return JSON.parse(sessionStorage.getItem("report")) ?? {};
    } catch {
      // a browser that keeps nothing for files
      return {};
    }
  }

  function remember() {
    try {
      sessionStorage.setItem("report", JSON.stringify({ search: search.value, order: order.value }));
    } catch {
      // as above
    }
  }

  function outliveRefresh() {
    const before = recall();
    search.value = before.search ?? "";
    if (Array.from(order.options).some((option) => option.value === before.order)) {
      order.value = before.order;
      order.dispatchEvent(new Event("change"));
    }
    window.addEventListener("pagehide", remember);
  }

  headings.forEach(addOrder);
  headings[0].setAttribute("aria-sort", "ascending");
  order.addEventListener("change", () => {
    const [column, direction] = order.value.split(" ");
    sort(Number(column), direction === "up");
  });
  search.addEventListener("input", filter);
  document.getElementById("tools").hidden = false;
  if (document.querySelector("meta[http-equiv=refresh]")) {
    outliveRefresh();
  }
  filter();
})();
