// What HTML may reach a page: closed lists of tags, attributes, classes and schemes, for prose and for diagrams.
import sanitizeHtml from 'sanitize-html';

const proseOptions: sanitizeHtml.IOptions = {
  allowedTags: [
    'p', 'br', 'hr', 'h3', 'h4', 'h5', 'h6', 'a', 'em', 'strong', 'del', 'code', 'pre', 'span', 'kbd', 'sub', 'sup', 'ul', 'ol', 'li', 'blockquote',
    'table', 'thead', 'tbody', 'tr', 'th', 'td', 'img', 'dl', 'dt', 'dd',
  ],
  allowedAttributes: {
    a: ['href', 'title', 'target', 'rel'],
    img: ['src', 'alt', 'title', 'width', 'height'],
    ol: ['start'],
    th: ['align'],
    td: ['align'],
  },
  allowedClasses: { code: ['hljs', 'language-*'], span: ['hljs-*'] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: { img: [] },
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  transformTags: {
    a: (tagName, { href }) => {
      const attribs: sanitizeHtml.Attributes = {};
      if (href) attribs.href = href;
      if (href && /^https?:/i.test(href)) Object.assign(attribs, { target: '_blank', rel: 'noopener noreferrer' });
      return { tagName, attribs };
    },
  },
};

/** Prose as pages may show it. Images keep only addresses of our own origin; links leave in a new tab. */
export function sanitizeProse(html: string): string {
  return sanitizeHtml(html, proseOptions);
}

/** Inline text (quiz choices, hint titles): emphasis and code only. */
export function sanitizeInline(html: string): string {
  return sanitizeHtml(html, { allowedTags: ['em', 'strong', 'code', 'kbd', 'sub', 'sup'], allowedAttributes: {}, disallowedTagsMode: 'discard' });
}

/** The text alone, entities resolved; for titles that pages insert as text. */
export function plainText(html: string): string {
  const text = sanitizeHtml(html, { allowedTags: [], allowedAttributes: {}, disallowedTagsMode: 'discard' });
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&').trim();
}

const shape = [
  'x', 'y', 'x1', 'y1', 'x2', 'y2', 'cx', 'cy', 'r', 'rx', 'ry', 'width', 'height', 'd', 'points', 'transform', 'fill', 'fill-opacity', 'stroke', 'stroke-width',
  'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'stroke-opacity', 'opacity', 'text-anchor', 'dominant-baseline', 'font-size', 'font-weight', 'font-family',
  'marker-start', 'marker-end', 'dx', 'dy', 'id', 'viewBox', 'markerWidth', 'markerHeight', 'refX', 'refY', 'orient',
];

/** An SVG drawing for inlining, so that it takes the page's colours: shapes and text only, no style, script, link or foreign content. */
export function sanitizeSvg(svg: string): string {
  return sanitizeHtml(svg, {
    allowedTags: ['svg', 'g', 'path', 'rect', 'circle', 'ellipse', 'line', 'polyline', 'polygon', 'text', 'tspan', 'title', 'desc', 'defs', 'marker'],
    allowedAttributes: { '*': shape, svg: ['xmlns', 'role', ...shape] },
    nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'foreignobject', 'foreignObject'],
    disallowedTagsMode: 'discard',
    parser: { lowerCaseTags: false, lowerCaseAttributeNames: false },
    exclusiveFilter: (frame) => Object.values(frame.attribs).some((value) => /url\(\s*['"]?(?!#)/i.test(value) || /javascript:/i.test(value)),
  });
}
