// Proof that a task was done: links or words, and files such as a photograph of the screen.
import { DeleteOutlined, PaperClipOutlined, UploadOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useRef, useState } from 'react';
import { Refused } from '../api.ts';
import { useSay, type Words } from '../say.ts';
import { Fault } from '../shell/fault.tsx';
import { work } from './api.ts';

const FILE = 'file:';
/** What the server takes; it looks at the content and not at the name. */
const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'application/pdf'] as const;
/** The largest file that it takes, in bytes. */
const MOST_BYTES = 8_000_000;
const TOO_LARGE: Words = { zh: '文件太大，最大 8 MB。', en: 'The file is too large: at most 8 MB.' };
const SMALLER: Words = {
  zh: '请换一张小一点的截图，或粘贴链接。',
  en: 'Take a smaller picture, or paste a link.',
};

interface Props {
  readonly task: string;
  readonly evidence: readonly string[];
  readonly change: (evidence: readonly string[]) => void;
}

export function EvidenceField({ task, evidence, change }: Props) {
  const say = useSay();
  const [line, setLine] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const upload = useMutation({
    mutationFn: (file: File) => {
      if (file.size > MOST_BYTES)
        return Promise.reject(
          new Refused(413, { code: 'too-large', message: say(TOO_LARGE), advice: say(SMALLER) }),
        );
      // What it is called otherwise proves nothing, and the answer is about pictures.
      const isKnown = (TYPES as readonly string[]).includes(file.type);
      return work.upload(task, isKnown ? file : new Blob([file], { type: TYPES[0] }));
    },
    onSuccess: ({ evidence: made }) => change([...evidence, made]),
  });
  const add = (): void => {
    const text = line.trim();
    if (text !== '') change([...evidence, text]);
    setLine('');
  };
  const fault = upload.error;
  return (
    <div className="row">
      <label className="caption" htmlFor="evidence">
        <span>
          {say({ zh: '凭证', en: 'Proof' })}
          <span className="must" aria-label={say({ zh: '必填', en: 'required' })}>
            *
          </span>
        </span>
      </label>
      <EvidenceList evidence={evidence} remove={(no) => change(evidence.filter((_, at) => at !== no))} />
      <div className="evidence-add">
        <Input
          id="evidence"
          placeholder={say({ zh: '链接或说明', en: 'A link or words' })}
          maxLength={2000}
          value={line}
          onChange={({ target }) => setLine(target.value)}
          onBlur={add}
          onPressEnter={add}
        />
        <Button
          icon={<UploadOutlined aria-hidden />}
          loading={upload.isPending}
          onClick={() => input.current?.click()}
        >
          {say({ zh: '上传截图', en: 'Upload a picture' })}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          accept={TYPES.join(',')}
          aria-label={say({ zh: '上传截图', en: 'Upload a picture' })}
          onChange={({ target }) => {
            const [file] = target.files ?? [];
            if (file !== undefined) upload.mutate(file);
            target.value = '';
          }}
        />
      </div>
      <Fault error={fault} />
    </div>
  );
}

export function EvidenceList({
  evidence,
  remove,
}: {
  readonly evidence: readonly string[];
  readonly remove?: (no: number) => void;
}) {
  const say = useSay();
  if (evidence.length === 0) return null;
  return (
    <ul className="evidence">
      {evidence.map((it, no) => (
        <li key={`${no} ${it}`}>
          <PaperClipOutlined aria-hidden /> <One evidence={it} />
          {remove === undefined ? null : (
            <Button
              type="text"
              size="small"
              icon={<DeleteOutlined aria-hidden />}
              aria-label={say({ zh: '去掉', en: 'Remove' })}
              onClick={() => remove(no)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

function One({ evidence }: { readonly evidence: string }) {
  const say = useSay();
  if (evidence.startsWith(FILE))
    return (
      <a
        href={`/api/evidence/${encodeURIComponent(evidence.slice(FILE.length))}`}
        target="_blank"
        rel="noreferrer"
      >
        {say({ zh: '文件', en: 'File' })}
      </a>
    );
  // Only a web address becomes a link: whatever else somebody wrote stays words.
  return /^https?:\/\//i.test(evidence) ? (
    <a href={evidence} target="_blank" rel="noreferrer">
      {evidence}
    </a>
  ) : (
    <span>{evidence}</span>
  );
}
