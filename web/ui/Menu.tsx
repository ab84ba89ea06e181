// A button that opens a list of actions, and a popover for more words than a tooltip carries.
import type { ReactNode } from 'react';
import { Dialog, DialogTrigger, Menu as AriaMenu, MenuItem, MenuTrigger, Popover as AriaPopover } from 'react-aria-components';
import type { Placement } from 'react-aria-components';
import styles from './Menu.module.css';

export interface MenuAction {
  id: string;
  words: string;
  detail?: string;
  icon?: ReactNode;
  danger?: boolean;
  onPick: () => void;
}

/** `button` is the trigger, a Button. */
export const Menu = ({ button, label, actions, placement = 'bottom end' }: { button: ReactNode; label: string; actions: readonly MenuAction[]; placement?: Placement }): ReactNode => (
  <MenuTrigger>
    {button}
    <AriaPopover placement={placement} offset={6} className={styles.popover ?? ''}>
      <AriaMenu aria-label={label} className={styles.menu ?? ''}
        onAction={(key) => actions.find((action) => action.id === key)?.onPick()}>
        {actions.map((action) => (
          <MenuItem key={action.id} id={action.id} textValue={action.words} className={`${styles.item} ${action.danger === true ? styles.danger : ''}`}>
            <span className={styles.icon}>{action.icon}</span>
            <span>{action.words}</span>
            {action.detail !== undefined && <span className={styles.detail}>{action.detail}</span>}
          </MenuItem>
        ))}
      </AriaMenu>
    </AriaPopover>
  </MenuTrigger>
);

/** Content beside its `button`; closes with Escape, or by the function that its content is given. */
export const Popover = ({ button, label, children, placement = 'bottom' }: { button: ReactNode; label: string; children: (close: () => void) => ReactNode; placement?: Placement }): ReactNode => (
  <DialogTrigger>
    {button}
    <AriaPopover placement={placement} offset={8} className={styles.popover ?? ''}>
      <Dialog aria-label={label} className={styles.panel ?? ''}>{({ close }) => children(close)}</Dialog>
    </AriaPopover>
  </DialogTrigger>
);
