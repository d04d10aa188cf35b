// A refusal beside what was refused: what happened, and what to do. For a whole page there is pages/trouble.tsx.
import { Alert } from 'antd';
import { Refused } from '../api.ts';
import { CopyDetails } from './copy-details.tsx';

export function Fault({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  return (
    <Alert
      className="refusal"
      type="error"
      showIcon
      title={error.message}
      description={
        <>
          {error instanceof Refused ? <p>{error.advice}</p> : null}
          <CopyDetails error={error} />
        </>
      }
    />
  );
}
