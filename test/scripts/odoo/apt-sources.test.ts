import { expect } from 'chai';
import { debianMirror, parseDeb822, parseOneLine, parseSources } from '../../../scripts/odoo/apt-sources.ts';

const DEB822 = `Types: deb
# a remark inside the stanza
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;

describe('parseDeb822', () => {
  it('reads every stanza with its suites and components', () => {
    expect(parseDeb822(DEB822)).to.deep.equal([
      { uri: 'http://mirror.example/debian', suites: ['bookworm', 'bookworm-updates'], components: ['main'] },
      { uri: 'http://mirror.example/debian-security', suites: ['bookworm-security'], components: ['main'] },
    ]);
  });

  it('reads several addresses, continuation lines and any case of the field names', () => {
    const text =
      'types: deb deb-src\nuris: http://a.example\n  http://b.example\nsuites: stable\ncomponents: main contrib\n';
    expect(parseDeb822(text).map(({ uri }) => uri)).to.deep.equal(['http://a.example', 'http://b.example']);
  });

  it('leaves out disabled stanzas and those without binary packages', () => {
    const disabled =
      'Enabled: no\nTypes: deb\nURIs: http://a.example\nSuites: x\n\nTypes: deb-src\nURIs: http://b.example\nSuites: x\n';
    expect(parseDeb822(disabled)).to.deep.equal([]);
  });

  it('finds nothing in an empty file or one of remarks', () => {
    expect(parseDeb822('')).to.deep.equal([]);
    expect(parseDeb822('# nothing\n')).to.deep.equal([]);
  });
});

describe('parseOneLine', () => {
  it('reads entries with and without options, and leaves out sources and remarks', () => {
    const text = [
      '# deb http://old.example bookworm main',
      'deb http://mirror.example/debian bookworm main contrib # a remark',
      'deb [arch=amd64 signed-by=/k.gpg] http://third.example/x stable main',
      'deb-src http://mirror.example/debian bookworm main',
    ].join('\n');
    expect(parseOneLine(text)).to.deep.equal([
      { uri: 'http://mirror.example/debian', suites: ['bookworm'], components: ['main', 'contrib'] },
      { uri: 'http://third.example/x', suites: ['stable'], components: ['main'] },
    ]);
  });
});

describe('debianMirror', () => {
  it('takes the mirror of the release itself, not security and not a third party', () => {
    const sources = [
      ...parseOneLine(
        'deb http://third.example/x bookworm-tool main\ndeb http://s.example/security bookworm-security main',
      ),
      ...parseSources('/etc/apt/sources.list.d/debian.sources', DEB822),
    ];
    expect(debianMirror(sources, 'bookworm')).to.equal('http://mirror.example/debian');
  });

  it('accepts sources that say "stable"', () => {
    expect(
      debianMirror(parseSources('sources.list', 'deb http://m.example/debian stable main'), 'bookworm'),
    ).to.equal('http://m.example/debian');
  });

  it('gives undefined when no source is a mirror of Debian', () => {
    expect(debianMirror(parseOneLine('deb http://third.example/x nodistro main'), 'bookworm')).to.equal(
      undefined,
    );
  });
});
