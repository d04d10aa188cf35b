// A Chromium for the tests that look at pages: one that is there, or Debian's, with a Chinese font. Says clearly when there is none.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PLACES = [
  process.env.KINDLING_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The program; undefined when there is none. */
export const findChromium = () => PLACES.find((place) => place !== undefined && existsSync(place));

/** Finds it, or installs Debian's where this process may. */
export function provideChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  const isDebian = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (isDebian) {
    process.stderr.write('Installing chromium and a Chinese font …\n');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-noto-cjk'],
    ]) {
      spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env });
    }
  }
  const installed = findChromium();
  if (installed === undefined) {
    process.stderr.write(
      'There is no Chromium, and none could be installed: the tests that look at pages are skipped. KINDLING_CHROMIUM names one.\n',
    );
  }
  return installed;
}
