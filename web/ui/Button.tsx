// The one button of the pages, as a press and as a link that looks like one.
import type { ReactNode, Ref } from 'react';
import { Button as AriaButton, Tooltip, TooltipTrigger } from 'react-aria-components';
import type { ButtonProps as AriaButtonProps } from 'react-aria-components';
import styles from './Button.module.css';

export type ButtonLook = 'primary' | 'outline' | 'quiet' | 'danger';
export type ButtonSize = 'small' | 'medium';

/** Class names of a button's look, for links that should read as buttons. */
export const buttonClass = (look: ButtonLook = 'outline', size: ButtonSize = 'medium', iconOnly = false): string =>
  [styles.button, styles[look], styles[size], iconOnly ? styles.icon : ''].join(' ');

export type ButtonProps = Omit<AriaButtonProps, 'className' | 'children'> & {
  look?: ButtonLook;
  size?: ButtonSize;
  /** Only an icon inside: give `aria-label` too. */
  iconOnly?: boolean;
  children?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
};

const TOOLTIP_DELAY_MS = 500;

/** A button; its label is a verb. `isPending` keeps the width and says that it works. An icon alone shows its name on hover and focus. */
export const Button = ({ look, size, iconOnly, children, ref, ...rest }: ButtonProps): ReactNode => {
  const button = (
    <AriaButton {...rest} {...(ref === undefined ? {} : { ref })} className={buttonClass(look, size, iconOnly)}>
      {children}
    </AriaButton>
  );
  if (iconOnly !== true) return button;
  return (
    <TooltipTrigger delay={TOOLTIP_DELAY_MS} closeDelay={0}>
      {button}
      <Tooltip className={styles.tooltip ?? ''} offset={6}>{rest['aria-label']}</Tooltip>
    </TooltipTrigger>
  );
};
