import { expect } from 'chai';

import { compile } from '../../../generator/render/engine.ts';

const fill = (template: string, context: object): string => compile('x', template)(context);

describe('a template', () => {
  it('places values, loops over lists and asks whether a value is there', () => {
    const template =
      '{{ top }}:{% for a in all %}[{{ a.name }}{% if a.note %} {{ a.note }}{% endif %}{% for b in a.inner %}<{{ b }}{{ a.name }}{{ top }}>{% endfor %}]{% endfor %}';
    const all = [
      { name: 'p', note: 'n', inner: ['1', '2'] },
      { name: 'q', note: null, inner: [] },
    ];
    expect(fill(template, { top: 't', all })).to.equal('t:[p n<1pt><2pt>][q]');
  });

  it('sees the element of the nearest loop under a name that two have', () => {
    const template = '{% for a in a %}{{ a.x }}{% for a in a.list %}{{ a }}{% endfor %}{{ a.x }}{% endfor %}';
    expect(fill(template, { a: [{ x: '1', list: ['2', '3'] }] })).to.equal('1231');
  });

  it('takes blanks away where its tags say so', () => {
    expect(fill('a\n{%- if b %}\n  c\n{%- endif %}\nd', { b: true })).to.equal('a\n  c\nd');
  });

  it('places nothing for null, and takes an empty text as there', () => {
    expect(fill('({{ a }})', { a: null })).to.equal('()');
    expect(fill('{% if a %}x{% endif %}', { a: '' })).to.equal('x');
    expect(fill('{% if a %}x{% endif %}', { a: false })).to.equal('');
  });

  for (const template of [
    '{{ a.b }}',
    '{{ b }}',
    '{% if b %}{% endif %}',
    '{% for x in b %}{% endfor %}',
    '{{ a.toString }}',
    '{{ constructor }}',
    '{{ a.length }}',
  ])
    it(`fails on a name that nothing has: ${template}`, () => {
      expect(() => fill(template, { a: {} })).to.throw('template x');
    });

  it('fails where a text is placed and something else is given', () => {
    expect(() => fill('{{ a }}', { a: 1 })).to.throw('template x');
    expect(() => fill('{{ a }}', { a: {} })).to.throw('template x');
    expect(() => fill('{% for x in a %}{% endfor %}', { a: 'text' })).to.throw('template x');
  });

  for (const template of [
    '{{ a | upcase }}',
    '{{ "text" }}',
    '{{ a[0] }}',
    '{{ a["b"] }}',
    '{% if a == b %}{% endif %}',
    '{% if a %}{% else %}{% endif %}',
    '{% if a %}{% elsif b %}{% endif %}',
    '{% unless a %}{% endunless %}',
    '{% for x in a reversed %}{% endfor %}',
    '{% for x in a limit: 2 %}{% endfor %}',
    '{% for x in a %}{% else %}none{% endfor %}',
    '{% for x in (1..3) %}{% endfor %}',
    '{% assign a = 1 %}',
    '{% capture a %}{% endcapture %}',
    '{% raw %}{{ a }}{% endraw %}',
    '{% comment %}a{% endcomment %}',
    '{% # a %}',
    '{% render "a" %}',
  ])
    it(`decides nothing: ${template} is refused when it is read`, () => {
      expect(() => compile('x', template)).to.throw('more than a template may do');
    });
});
