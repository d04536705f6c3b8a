// Numbers and times as people read them.

export const count = n => n == null ? "–" : Math.round(n).toLocaleString("en-US");

export function bytes(n) {
  if (n == null) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) { n /= 1000; i++; }
  return `${i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[i]}`;
}

export const milliseconds = n => n == null ? "–" : n < 10 ? `${n.toFixed(2)} ms` : n < 1000 ? `${n.toFixed(n < 100 ? 1 : 0)} ms` : `${(n / 1000).toFixed(1)} s`;

export const rate = n => n == null ? "–" : n < 10 ? n.toFixed(1) : count(n);

export function ago(at, now = Date.now()) {
  const s = Math.max(0, (now - at) / 1000);
  if (s < 60) return `${Math.floor(s)} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min ago`;
  return `${Math.floor(s / 86400)} d ago`;
}

// The page's only way to make elements: text is text, whatever is in it.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("--")) made.style.setProperty(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Touches the page only where something changed.
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
