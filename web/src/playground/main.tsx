import '../look/look.css';
import '../look/theme.ts';
import './playground.css';
import { createRoot } from 'react-dom/client';
import { Playground } from './playground.tsx';

const root = document.getElementById('root');
if (root) createRoot(root).render(<Playground />);
