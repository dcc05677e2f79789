// Functions that run inside the page: what each text looks like, and what a mail program's dark mode makes of it.

/** Every visible text with what it is set in. */
export function texts() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(at).backgroundColor);
      if (a > 0) return { color: [r, g, b], element: at };
    }
    return { color: null, element: null };
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((rect) => rect.width > 0 && rect.height > 0);
    if (!node.data.trim() || !element.checkVisibility() || rects.length === 0) continue;
    const style = getComputedStyle(element);
    const colored = element.closest('[style*="color:"]:not([style^="background-color:"])');
    const own = (at) => at && /background-color:#/.test(at.getAttribute('style') ?? '');
    found.push({
      text: node.data.trim().slice(0, 40),
      tag: element.tagName.toLowerCase(),
      color: channels(style.color).slice(0, 3),
      ground: ground(element).color,
      // Its colour and its ground are set together: on one element, or in one cell.
      paired: own(colored) || own(colored?.closest('td')),
      size: parseFloat(style.fontSize),
      leading: parseFloat(style.lineHeight) / parseFloat(style.fontSize),
      bold: Number(style.fontWeight) >= 700,
      family: style.fontFamily,
      direction: style.direction,
      align: style.textAlign,
      rects: rects.map(({ x, y, width, height }) => ({ x: x + scrollX, y: y + scrollY, width, height })),
    });
  }
  return found;
}

/** What must hold of the boxes. */
export function boxes() {
  const root = document.scrollingElement;
  const tables = [...document.querySelectorAll('table')].filter((table) => !table.parentElement.closest('table'));
  return {
    overflow: root.scrollWidth - root.clientWidth,
    columns: tables.map((table) => table.getBoundingClientRect()).map(({ left, right, width }) => ({ left, right, width })),
    tallest: Math.max(0, ...tables.flatMap((table) => [...table.rows].map((row) => row.offsetHeight))),
    depth: Math.max(0, ...[...document.querySelectorAll('td')].map((cell) => {
      let depth = 0;
      for (let at = cell; at; at = at.parentElement) depth += at.tagName === 'TABLE';
      return depth;
    })),
    unfonted: [...document.querySelectorAll('td,h1,h2')].filter((element) => {
      const style = element.getAttribute('style') ?? '';
      return element.innerText.trim() && !(/(^|;)font:/.test(style) && /(^|;)color:/.test(style));
    }).map((element) => element.outerHTML.slice(0, 120)),
    images: [...document.images].map((image) => ({
      alt: image.getAttribute('alt'), width: image.getAttribute('width'), height: image.getAttribute('height'),
      shown: image.complete && image.naturalWidth > 0, right: image.getBoundingClientRect().right,
      upscaled: image.width > image.naturalWidth,
    })),
    words: document.body.innerText.split(/\s+/).filter(Boolean).join(' '),
  };
}

/**
 * Changes the colours as a mail program's dark mode does: "full" inverts the
 * lightness of all (Gmail on iOS, Outlook on Windows), "partial" only that of
 * light grounds and dark texts (Gmail on Android, Outlook.com).
 */
export function invert(kind) {
  const inverted = (color, when) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    const lightness = (Math.max(r, g, b) + Math.min(r, g, b)) / 510;
    if (a === 0 || (kind === 'partial' && !when(lightness))) return null;
    // Hue and saturation stay, lightness is mirrored.
    const shift = 255 - Math.max(r, g, b) - Math.min(r, g, b);
    return `rgb(${r + shift}, ${g + shift}, ${b + shift})`;
  };
  const light = (lightness) => lightness > 0.5;
  const dark = (lightness) => lightness <= 0.5;
  const changes = [];
  for (const element of document.querySelectorAll('html, body, body *')) {
    const style = getComputedStyle(element);
    changes.push([element, 'background-color', inverted(style.backgroundColor, light)]);
    changes.push([element, 'color', inverted(style.color, dark)]);
  }
  document.documentElement.style.backgroundColor ||= '#000000';
  for (const [element, property, color] of changes) if (color) element.style.setProperty(property, color, 'important');
}

/** Text twice as large, as people set it who see badly. */
export function enlarge() {
  for (const element of document.querySelectorAll('[style*="font"]')) {
    const style = getComputedStyle(element);
    const [size, line] = [parseFloat(style.fontSize), parseFloat(style.lineHeight)];
    element.dataset.large = `${size * 2} ${line * 2}`;
  }
  for (const element of document.querySelectorAll('[data-large]')) {
    const [size, line] = element.dataset.large.split(' ');
    element.style.fontSize = `${size}px`;
    element.style.lineHeight = `${line}px`;
  }
}

/** The colours of a picture inside each box: the commonest, and the one that differs most from it. */
export async function colours({ picture, boxes, scale }) {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const luminance = ([r, g, b]) => [r, g, b].map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  return boxes.map(({ x, y, width, height }) => {
    const w = Math.max(1, Math.floor(width * scale));
    const h = Math.max(1, Math.floor(height * scale));
    const { data } = context.getImageData(Math.floor(x * scale), Math.floor(y * scale), w, h);
    const counts = new Map();
    for (let at = 0; at < data.length; at += 4) {
      const key = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const rgb = (key) => [key >> 16, (key >> 8) & 255, key & 255];
    const ground = rgb([...counts].reduce((most, next) => (next[1] > most[1] ? next : most))[0]);
    const distance = (key) => Math.abs(Math.log((luminance(rgb(key)) + 0.05) / (luminance(ground) + 0.05)));
    const ink = rgb([...counts.keys()].reduce((most, next) => (distance(next) > distance(most) ? next : most)));
    return { ground, ink };
  });
}

/** How much of two pictures is the same, from 0 to 1. */
export async function sameness([one, other]) {
  const [a, b] = await Promise.all([one, other].map(async (picture) => {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  }));
  if (a.width !== b.width || a.height !== b.height) return 0;
  let same = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    same += [0, 1, 2].every((channel) => Math.abs(a.data[at + channel] - b.data[at + channel]) < 12);
  }
  return (same * 4) / a.data.length;
}
