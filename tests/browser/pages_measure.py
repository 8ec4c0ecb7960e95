"""What can be measured of a page's readability: sizes, contrast (WCAG 2.2, relative luminance), targets, width."""

from typing import Final

# Every visible text with its size, colour contrast and, for what can be pressed, its size on the screen.
MEASURE: Final = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = (parts) => {
    const [r, g, b] = parts.slice(0, 3).map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (element) => { for (let at = element; at; at = at.parentElement) {
    const parts = channels(getComputedStyle(at).backgroundColor);
    if (parts.length === 3 || parts[3] > 0.99) return parts; }
    return [255, 255, 255]; };
  const hidden = '.visually-hidden, .skip-link';
  const visible = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(hidden);
  const texts = [], targets = [];
  for (const element of document.querySelectorAll('body *')) {
    if (!visible(element)) continue;
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('');
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    if (text && size > 0 && !element.closest('.demo-banner') && !element.matches(':disabled')) {
      const [one, other] = [light(channels(style.color)), light(ground(element))];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      texts.push({ text: text.slice(0, 40), size, contrast: Math.round(contrast * 100) / 100 });
    }
    if (element.matches('a[href], button, input:not([type=radio], .choice input), .choice, summary')) {
      const box = element.getBoundingClientRect();
      targets.push({ what: element.textContent.slice(0, 30) || element.id, width: box.width, height: box.height });
    }
  }
  return { texts, targets, mains: document.querySelectorAll('#screen .button-main').length,
    wide: document.documentElement.scrollWidth > innerWidth };
}"""
