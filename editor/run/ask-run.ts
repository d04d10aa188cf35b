// What the page of a run asks, under one key, so that a sign of life from the run refreshes all of it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Antd } from 'antd';
import { Refused } from '../api.ts';
import { runs, work } from './api.ts';
import type { Order } from './shapes.ts';

/** A stream may break unseen: so often it is asked all the same. */
const AT_LEAST_MS = 15_000;

export const useOverview = (id: string) =>
  useQuery({
    queryKey: ['run', id, 'overview'],
    queryFn: () => runs.overview(id),
    refetchInterval: AT_LEAST_MS,
  });

export const useStuck = (id: string) =>
  useQuery({ queryKey: ['run', id, 'stuck'], queryFn: () => runs.stuck(id) });

export const useRunTasks = (id: string) =>
  useQuery({ queryKey: ['run', id, 'tasks'], queryFn: () => work.ofRun(id) });

export const useDeliveries = (id: string) =>
  useQuery({ queryKey: ['run', id, 'deliveries'], queryFn: () => runs.deliveries(id) });

export const useReports = (id: string) =>
  useQuery({ queryKey: ['run', id, 'reports'], queryFn: () => runs.reports(id) });

/** Gives the run a command, and tells when it is refused. */
export function useOrder(id: string, done?: () => void) {
  const queries = useQueryClient();
  const { message } = Antd.useApp();
  return useMutation({
    mutationFn: (order: Order) => runs.order(id, order),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['run', id] });
      done?.();
    },
    onError: (error) => {
      const advice = error instanceof Refused ? error.advice : '';
      void message.error(`${error.message} ${advice}`, 6);
    },
  });
}
