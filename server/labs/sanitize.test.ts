// Script injections in lab files: nothing that runs may reach a page.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseLab } from './parseLab.ts';
import { sanitizeInline, sanitizeProse, sanitizeSvg } from './sanitize.ts';
import { renderLab } from './render.ts';
import { LabId } from '../contract/index.ts';
import type { Lab, LabValues } from './types.ts';

const attacks = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg onload=alert(1)><script>alert(1)</script></svg>', '<a href="javascript:alert(1)">x</a>',
  '<a href="JaVaScRiPt:alert(1)">x</a>', '<a href="java\tscript:alert(1)">x</a>', '<a href="&#106;avascript:alert(1)">x</a>', '<a href="data:text/html,<script>alert(1)</script>">x</a>', '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>', '<math><mi xlink:href="javascript:alert(1)">x</mi></math>', '<style>@import "javascript:alert(1)"</style>', '<p style="background:url(javascript:alert(1))">x</p>',
  '<form action="javascript:alert(1)"><button>x</button></form>', '<input autofocus onfocus=alert(1)>', '<details open ontoggle=alert(1)>x</details>', '<object data="data:text/html,x"></object>', '<embed src="javascript:alert(1)">',
  '<base href="javascript:alert(1)//">', '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">', '<link rel=stylesheet href="javascript:alert(1)">', '<video><source onerror=alert(1)></video>', '"><script>alert(1)</script>',
  '<!--><script>alert(1)</script>-->', '<noscript><p title="</noscript><img src=x onerror=alert(1)>">', '<img src="data:image/svg+xml,<svg onload=alert(1)>">', '<template><script>alert(1)</script></template>', '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  '<svg><foreignObject><iframe src="javascript:alert(1)"></iframe></foreignObject></svg>', '<svg><use href="data:image/svg+xml,x#y"/></svg>', '<svg><animate onbegin=alert(1) attributeName=x /></svg>', '<SCRIPT SRC=//evil.example/x.js></SCRIPT>', '<span class="x" onmouseover="alert(1)">x</span>',
];

/** What may never be in markup: tags that run or load, handlers, and schemes that run; escaped text is no markup. */
function assertHarmless(html: string): void {
  for (const tag of html.match(/<[^>]*>/g) ?? []) {
    assert.doesNotMatch(tag, /^<\/?(script|style|iframe|object|embed|form|input|button|base|meta|link|math|template|noscript|video|audio|source|foreignobject|use|animate|image)\b/i);
    assert.doesNotMatch(tag, /[\s/"']on[a-z]+\s*=/i);
    assert.doesNotMatch(tag, /(href|src|action|data)\s*=\s*["']?\s*(javascript|data|vbscript):/i);
    assert.doesNotMatch(tag, /\sstyle\s*=/i);
  }
}

const values: LabValues = { provider: '<script>alert(1)</script>', networkPlugin: '"><img src=x onerror=alert(1)>', machines: [{ name: 'worker', role: 'worker', address: '"><script>alert(1)</script>' }] };

describe('sanitising', () => {
  for (const attack of attacks) {
    test(attack, () => {
      assertHarmless(sanitizeProse(attack));
      assertHarmless(sanitizeInline(attack));
      assertHarmless(sanitizeSvg(attack));
      const yaml = JSON.stringify(attack);
      const text = ['---', 'title: A lab for tests', 'summary: It exists for the tests alone.', 'minutes: 10', 'objectives: [Parse]', '---',
        `## Step one`, '', `Text with \`${attack}\` in code.`, '', `[${attack.replace(/[[\]]/g, '')}](https://example.org)`, '', '```bash', attack, '```', '', '```bash run', `echo '${attack}' {{ provider }}`, '```', '',
        '```yaml file=a.yaml', 'apiVersion: v1', 'kind: ConfigMap', `metadata: { name: ${yaml} }`, '```', '', 'Values: {{ provider }} {{ networkPlugin }} {{ node.worker.ip }}', '',
        '```quiz', 'id: q', `question: ${yaml}`, 'choices:', `  - text: ${yaml}`, '    correct: true', '  - text: No', '```'].join('\n');
      const { lab } = parseLab({ id: 'one', namespace: 'lab-09', file: 'lab.md', text, tryDiagram: () => undefined, hasFile: () => false });
      // Where lint already refuses the file there is no page; where it does not, the page must be harmless.
      if (!lab) return;
      const { front, ...content } = lab;
      const whole: Lab = { id: LabId.parse('one'), workshopId: 'w', number: 9, ...front, namespace: 'lab-09', folder: '/x', ...content, points: 0, setup: [], solutions: [], mistakes: [] };
      for (const block of renderLab(whole, values).steps.flatMap((step) => step.blocks)) {
        if ('html' in block) assertHarmless(block.html);
        if (block.type === 'quiz') for (const choice of block.quiz.choices) assertHarmless(choice.html);
      }
    });
  }

  test('titles are text, whatever the file holds', () => {
    const text = ['---', 'title: A lab for tests', 'summary: It exists for the tests alone.', 'minutes: 10', 'objectives: [Parse]', '---', '## `<b>` & more', '', 'x'].join('\n');
    const { lab } = parseLab({ id: 'one', namespace: 'lab-09', file: 'lab.md', text, tryDiagram: () => undefined, hasFile: () => false });
    assert.equal(lab?.steps[0]?.title, '<b> & more');
  });

  test('links of Markdown with a scheme that runs lose it', () => {
    for (const href of ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', '//evil.example/']) {
      assert.doesNotMatch(sanitizeProse(`<a href="${href}">x</a>`), /href/);
    }
  });

  test('ordinary prose survives', () => {
    const html = '<p>A <strong>word</strong>, <code>code</code> and <a href="https://kubernetes.io/">a link</a>.</p>';
    assert.equal(sanitizeProse(html), '<p>A <strong>word</strong>, <code>code</code> and <a href="https://kubernetes.io/" target="_blank" rel="noopener noreferrer">a link</a>.</p>');
  });

  test('drawings keep their shapes and their markers', () => {
    const svg = '<svg viewBox="0 0 1 1"><defs><marker id="m" refX="1"></marker></defs><path d="M0 0" marker-end="url(#m)"></path></svg>';
    assert.equal(sanitizeSvg(svg), svg);
    assert.doesNotMatch(sanitizeSvg('<svg><rect fill="url(https://evil.example/x)"/></svg>'), /evil/);
  });
});
