// The drawing as a file, or on paper. What is drawn is picture.ts's; here it leaves the page.
import { useNames } from '../document/use-names.ts';
import { useDesk } from '../document/store.ts';
import { localeOf, useSpeech } from '../say.ts';
import { picture, type Picture } from './picture.ts';

/** The drawing that is shown, as it is now. */
function now(): (Picture & { readonly name: string }) | undefined {
  const { history, graph } = useDesk.getState();
  const { language } = useSpeech.getState();
  if (history === undefined) return undefined;
  const { document } = history.present;
  const note = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeStyle: 'short' }).format(
    new Date(),
  );
  return {
    ...picture({ document, graph, reader: { language, names: useNames.getState() }, note }),
    name: `${document.id}-${graph}`,
  };
}

const dataUrl = (svg: string): string => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;

/** The largest side of a PNG: browsers draw no larger canvas everywhere. */
const LARGEST = 8_000;

/** Saves the drawing as a file. */
export async function exportPicture(kind: 'svg' | 'png'): Promise<void> {
  const drawn = now();
  if (drawn === undefined) return;
  if (kind === 'svg') return download(new Blob([drawn.svg], { type: 'image/svg+xml' }), `${drawn.name}.svg`);
  const image = await imageOf(drawn.svg);
  const scale = Math.min(2, LARGEST / Math.max(drawn.width, drawn.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(drawn.width * scale);
  canvas.height = Math.round(drawn.height * scale);
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (blob !== null) download(blob, `${drawn.name}.png`);
}

/** Prints the whole drawing on one page, turned if it is wide. */
export async function printPicture(): Promise<void> {
  const drawn = now();
  if (drawn === undefined) return;
  const image = await imageOf(drawn.svg);
  image.className = 'on-paper';
  image.alt = drawn.name;
  document.body.append(image);
  document.documentElement.classList.add('printing');
  const end = (): void => {
    image.remove();
    document.documentElement.classList.remove('printing');
  };
  addEventListener('afterprint', end, { once: true });
  print();
}

async function imageOf(svg: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = dataUrl(svg);
  await image.decode();
  return image;
}

function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
