/**
 * How high a letter is. The frame in which it is read has no origin and no script, so nobody can ask it. A second one is asked:
 * out of sight, without a script, a link or a request of its own either; it holds one letter at a time, and only to be measured.
 */
const HEIGHT_PX = 100_000;
/** Longer letters are not measured: they scroll in a frame of one height, and laying them out costs this page nothing. */
export const MEASURED_CHARACTERS_MAX = 150_000;
const SCROLLBAR_PX = 16;
const PICTURES_WITHIN_MS = 3000;

let ruler: HTMLIFrameElement | undefined;
let last: Promise<unknown> = Promise.resolve();

function room(): HTMLIFrameElement {
  if (ruler?.isConnected) return ruler;
  ruler = document.createElement('iframe');
  // Without `allow-scripts` nothing runs in it; of its own origin it is only so that this page can ask for its size.
  ruler.setAttribute('sandbox', 'allow-same-origin');
  ruler.setAttribute('aria-hidden', 'true');
  ruler.inert = true;
  ruler.tabIndex = -1;
  ruler.style.cssText = `position:fixed;left:-30000px;top:0;height:${HEIGHT_PX}px;border:0;visibility:hidden`;
  document.body.append(ruler);
  return ruler;
}

async function laidOut(page: string, width: number): Promise<number> {
  const frame = room();
  frame.style.width = `${width}px`;
  await new Promise((resolve) => {
    frame.onload = resolve;
    frame.srcdoc = page;
  });
  const doc = frame.contentDocument;
  if (!doc) return 0;
  const decoded = Promise.allSettled([...doc.images].map((image) => image.decode()));
  await Promise.race([decoded, new Promise((resolve) => setTimeout(resolve, PICTURES_WITHIN_MS))]);
  const wide = doc.documentElement.scrollWidth > width;
  return Math.ceil(doc.body.getBoundingClientRect().height) + (wide ? SCROLLBAR_PX : 0);
}

/** One after the other; the page is the very one that is shown. */
export function measure(page: string, width: number): Promise<number> {
  const measured = last.then(() => laidOut(page, width));
  last = measured.catch(() => undefined);
  return measured;
}
