// Code coloured on the server with highlight.js; what it returns is escaped HTML of spans with hljs- classes.
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import http from 'highlight.js/lib/languages/http';
import json from 'highlight.js/lib/languages/json';
import nginx from 'highlight.js/lib/languages/nginx';
import yaml from 'highlight.js/lib/languages/yaml';

hljs.registerLanguage('bash', bash);
hljs.registerLanguage('http', http);
hljs.registerLanguage('json', json);
hljs.registerLanguage('nginx', nginx);
hljs.registerLanguage('yaml', yaml);

/** Escapes text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** `<pre><code>` for a block; a language that is not known is shown plain. */
export function highlightCode(code: string, language: string): string {
  const known = hljs.getLanguage(language) !== undefined;
  const inner = known ? hljs.highlight(code, { language, ignoreIllegals: true }).value : escapeHtml(code);
  return `<pre><code class="hljs language-${known ? language : 'text'}">${inner}</code></pre>`;
}
