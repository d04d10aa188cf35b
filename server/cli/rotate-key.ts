// `kindling rotate-key`: puts a new key before those of the data folder, so that the next start seals every secret anew.
// Touches one file on this machine; what the secrets need is done by the server when it starts (workers/store/secret.ts).
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { keyFileIn, keysIn } from '../../workers/store/keyring.ts';
import { readSettings } from '../settings.ts';
import { writeAtomically } from '../start/files.ts';
import { defineCommand } from './command.ts';
import { EXIT, Failure } from './failure.ts';

export const rotateKey = defineCommand({
  name: 'rotate-key',
  flags: {},
  says: {
    zh: '给渠道凭证等机密换一把加密密钥，下次启动时生效。',
    en: 'Replaces the key that encrypts channel credentials and the like, from the next start on.',
  },
  more: {
    zh: '旧密钥留在文件里，直到服务日志说所有机密都已换到新密钥下；之后可以删掉后面的行。',
    en: 'The old key stays in the file until the server’s log says that every secret is under the new one; then the further lines may be deleted.',
  },
  examples: ['kindling rotate-key'],
  run({ terminal }) {
    const { encryptionKeys, home } = readSettings();
    if (encryptionKeys !== undefined)
      throw new Failure(EXIT.failed, {
        zh: '密钥来自 KINDLING_ENCRYPTION_KEY：用 openssl rand -base64 32 生成一把新的，写在现有密钥前面（逗号分开），每台机器都一样，然后重启。',
        en: 'The key comes from KINDLING_ENCRYPTION_KEY: make a new one with `openssl rand -base64 32`, put it before the present one (separated by a comma) on every machine, and restart.',
      });
    const file = keyFileIn(home);
    if (!existsSync(file))
      throw new Failure(EXIT.failed, {
        zh: `${home} 里还没有密钥：npm start 第一次启动时会生成。`,
        en: `There is no key in ${home} yet: npm start makes one at its first start.`,
      });
    const keys = [randomBytes(32).toString('base64url'), ...keysIn(readFileSync(file, 'utf8'))];
    writeAtomically(file, `${keys.join('\n')}\n`);
    terminal.print(
      terminal.say({
        zh: `新密钥已写入 ${file}。重启后，所有机密会换到它下面。`,
        en: `The new key is in ${file}. After a restart every secret is under it.`,
      }),
    );
    return Promise.resolve(EXIT.ok);
  },
});
