// A labelled text field whose error is a sentence beside it.
import type { ReactNode } from 'react';
import { FieldError, Input, Label, Text, TextField } from 'react-aria-components';
import type { TextFieldProps } from 'react-aria-components';
import styles from './Field.module.css';

/** `error` is one sentence and `hint` what next; `help` shows while there is no error. */
export const Field = ({ label, error, hint, help, mono, placeholder, ...rest }: Omit<TextFieldProps, 'className' | 'children'> & {
  label: string; error?: string | undefined; hint?: string | undefined; help?: string; mono?: boolean; placeholder?: string;
}): ReactNode => (
  <TextField {...rest} isInvalid={error !== undefined} validationBehavior="aria" className={styles.field ?? ''}>
    <Label className={styles.label ?? ''}>{label}</Label>
    <Input className={`${styles.input} ${mono === true ? styles.mono : ''}`} {...(placeholder === undefined ? {} : { placeholder })} />
    {help !== undefined && error === undefined && <Text slot="description" className={styles.help ?? ''}>{help}</Text>}
    <FieldError className={styles.error ?? ''}>
      {error}{hint !== undefined && <span className={styles.hint}> {hint}</span>}
    </FieldError>
  </TextField>
);
