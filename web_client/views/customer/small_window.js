/**
 * A small window that stays in front of everything, where the browser has one: Document Picture-in-Picture
 * (https://wicg.github.io/document-picture-in-picture/). It is this page's own: what is in it is this page's elements.
 *
 * @typedef {{ requestWindow(options: { width: number, height: number }): Promise<Window> }} Opener
 */

const SIZE = { width: 420, height: 460 };

/** @returns {Opener | null} */
function opener() {
  return "documentPictureInPicture" in window ? /** @type {Opener} */ (window.documentPictureInPicture) : null;
}

/** Whether this browser has such windows. */
export function hasSmallWindows() {
  return opener() !== null;
}

export class SmallWindow {
  /** @type {Window | null} */
  #window = null;

  /**
   * @param {object} options
   * @param {() => void} options.closed by whomever: what was in it is to be taken back
   * @param {(event: KeyboardEvent) => void} options.keyPressed
   */
  constructor({ closed, keyPressed }) {
    this.closed = closed;
    this.keyPressed = keyPressed;
  }

  get open() {
    return this.#window !== null;
  }

  /**
   * Must be called from a click.
   * @param {string} title
   * @param {HTMLElement} content moves into it
   * @returns {Promise<boolean>} false where the browser would not
   */
  async show(title, content) {
    const opened = await opener()?.requestWindow(SIZE).catch(() => null);
    if (!opened) return false;
    this.#window = opened;
    const { document: inner } = opened;
    inner.title = title;
    inner.documentElement.lang = document.documentElement.lang;
    for (const link of document.querySelectorAll("link[rel=stylesheet]")) inner.head.append(link.cloneNode());
    inner.body.className = "small-window";
    inner.body.append(content);
    inner.addEventListener("keydown", (event) => this.keyPressed(event));
    opened.addEventListener("pagehide", () => this.#left(opened), { once: true });
    return true;
  }

  close() {
    this.#window?.close();
    if (this.#window) this.#left(this.#window);
  }

  /** @param {Window} left */
  #left(left) {
    if (this.#window !== left) return;
    this.#window = null;
    this.closed();
  }
}
