// The browser tab's title.
import { useEffect } from 'react';

/** `words` before the product's name; none for the name alone. */
export const useTitle = (words?: string): void => {
  useEffect(() => { document.title = words === undefined ? 'Patchbay' : `${words} | Patchbay`; }, [words]);
};
