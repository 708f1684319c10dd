import { Observable } from '../client/observable.ts';
import { lastingStorage } from './storage.ts';

export type Theme = 'light' | 'dark';

const key = 'parlance-theme';
const wishes = matchMedia('(prefers-color-scheme: dark)');
const chosen = (): Theme | undefined => {
  const kept = lastingStorage?.getItem(key);
  return kept === 'light' || kept === 'dark' ? kept : undefined;
};

/** As the user chose it here, else as their system has it. */
export const theme = new Observable<Theme>(chosen() ?? (wishes.matches ? 'dark' : 'light'));

const show = () => {
  document.documentElement.dataset.theme = theme.get();
};
theme.subscribe(show);
wishes.addEventListener('change', () => theme.set(chosen() ?? (wishes.matches ? 'dark' : 'light')));
show();

export function switchTheme(): void {
  const next = theme.get() === 'dark' ? 'light' : 'dark';
  lastingStorage?.setItem(key, next);
  theme.set(next);
}
