// The dialog's style sheet, in the order of its cascade: what depends on the device comes last.
import choose from './styles/choose.css';
import controls from './styles/controls.css';
import frame from './styles/frame.css';
import media from './styles/media.css';
import running from './styles/running.css';
import stage from './styles/stage.css';

export const styles = [frame, stage, choose, controls, running, media].join('');
