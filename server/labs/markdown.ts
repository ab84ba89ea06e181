// Prose: Markdown tokens to sanitised HTML, with links and images of the lab's folder pointed at our routes.
import { Marked } from 'marked';
import type { Token, Tokens } from 'marked';
import { routes } from '../contract/index.ts';
import { escapeHtml, highlightCode } from './highlight.ts';
import { plainText, sanitizeInline, sanitizeProse } from './sanitize.ts';
import { hasPlaceholder } from './values.ts';

/** Turns tokens of one lab's file into HTML. */
export interface Prose {
  lex(text: string): Token[];
  html(tokens: readonly Token[]): string;
  /** Calls back for the tokens and all within them. */
  walk(tokens: readonly Token[], visit: (token: Token) => void): void;
  /** One line of Markdown without a paragraph around it. */
  inline(text: string): string;
  /** The words of one line of Markdown, as text. */
  text(text: string): string;
}

/** Where a relative link or image leads: `asset` a file of files/, `lab` another lab's folder, undefined for everything else. */
export function tryLocalPath(href: string): { asset: string } | { lab: string } | undefined {
  const asset = /^(?:\.\/)?files\/([A-Za-z0-9._-]+)$/.exec(href);
  if (asset) return { asset: asset[1]! };
  const lab = /^\.\.\/\d+-([a-z0-9-]+)\/(?:lab\.md)?$/.exec(href);
  return lab ? { lab: lab[1]! } : undefined;
}

/** Prose of the lab with this id. */
export function createProse(labId: string): Prose {
  const marked = new Marked({ gfm: true });
  marked.use({
    renderer: {
      code({ text, lang }: Tokens.Code) {
        const language = (lang ?? '').split(/\s/)[0]!;
        // A placeholder must reach the page unbroken, and colouring would cut it into spans.
        return hasPlaceholder(text) ? `<pre><code class="hljs">${escapeHtml(text)}</code></pre>` : highlightCode(text, language);
      },
      image({ href, text }: Tokens.Image) {
        const local = tryLocalPath(href);
        if (!local || !('asset' in local)) return escapeHtml(text);
        return `<img src="${escapeHtml(routes.labAsset(labId, local.asset))}" alt="${escapeHtml(text)}">`;
      },
    },
  });
  const pointLinks = (token: Token) => {
    if (token.type !== 'link') return;
    const local = tryLocalPath(token.href);
    if (local && 'lab' in local) token.href = `/labs/${local.lab}`;
  };
  const walk = (tokens: readonly Token[], visit: (token: Token) => void) => {
    marked.walkTokens([...tokens], (token) => { visit(token); });
  };
  const html = (tokens: readonly Token[]) => {
    walk(tokens, pointLinks);
    return sanitizeProse(marked.parser([...tokens])).trim();
  };
  const inline = (text: string) => sanitizeInline(marked.parseInline(text, { async: false })).trim();
  return { lex: (text) => marked.lexer(text), html, walk, inline, text: (text) => plainText(marked.parseInline(text, { async: false })) } satisfies Prose;
}
