// Where one comes in: to what is to do, once something has run; before that to the playbooks.
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { addressOf } from '../location.ts';
import { runs } from '../run/api.ts';
import { Waiting } from '../shell/waiting.tsx';
import { Trouble } from './trouble.tsx';

export function Home() {
  const list = useQuery({ queryKey: ['runs'], queryFn: () => runs.list() });
  const place = list.data === undefined ? undefined : list.data.runs.length > 0 ? 'today' : 'playbooks';
  useEffect(() => {
    // In place of this address, so that the way back leads out.
    if (place !== undefined) location.replace(addressOf(place));
  }, [place]);
  return list.error === null ? <Waiting /> : <Trouble error={list.error} again={() => void list.refetch()} />;
}
