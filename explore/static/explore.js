// Suggestions while one types. Everything else works without script. Text goes in as text, never as markup.
const field = document.getElementById("q");
const list = document.createElement("ul");
list.className = "suggestions";
list.id = "suggestions";
list.role = "listbox";
list.hidden = true;
list.setAttribute("aria-label", "Suggestions");
field.after(list);
field.role = "combobox";
field.setAttribute("aria-controls", "suggestions");
field.setAttribute("aria-expanded", "false");
field.setAttribute("aria-autocomplete", "list");

let chosen = -1;
let asked = 0;
let waiting;

function show(hits) {
  list.replaceChildren(...hits.map((hit, n) => {
    const item = document.createElement("li");
    item.role = "option";
    item.id = `suggestion-${n}`;
    item.dataset.href = hit.href;
    item.dir = "auto";
    item.textContent = `${hit.name} · ${hit.kind}`;
    item.addEventListener("mousedown", () => location.assign(hit.href));
    return item;
  }));
  chosen = -1;
  list.hidden = hits.length === 0;
  field.setAttribute("aria-expanded", String(hits.length > 0));
  field.removeAttribute("aria-activedescendant");
}

async function suggest() {
  const mine = ++asked;
  const text = field.value.trim();
  if (text.length < 2) return show([]);
  try {
    const answer = await fetch(`/suggest?q=${encodeURIComponent(text)}`);
    if (answer.ok && mine === asked) show(await answer.json());
  } catch {
    show([]);
  }
}

function choose(step) {
  const items = [...list.children];
  if (!items.length) return;
  chosen = (chosen + step + items.length) % items.length;
  items.forEach((item, n) => item.setAttribute("aria-selected", String(n === chosen)));
  field.setAttribute("aria-activedescendant", items[chosen].id);
}

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(suggest, 120);
});
field.addEventListener("blur", () => show([]));
field.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && chosen >= 0) {
    event.preventDefault();
    location.assign(list.children[chosen].dataset.href);
  } else if (event.key === "Escape") {
    show([]);
  }
});
document.documentElement.dataset.ready = "yes";
