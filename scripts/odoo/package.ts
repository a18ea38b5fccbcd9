import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianMirror, parseSources, type AptSource } from './apt-sources.ts';
import { ensurePackages } from './apt.ts';
import { BringUpError } from './errors.ts';
import { exec, execOk, lastLines } from './exec.ts';
import { withLock } from './lock.ts';
import { home, requireRoot } from './paths.ts';
import { step } from './progress.ts';

const PACKAGE = 'odoo-19';

/** What Odoo imports, as Debian 12 names it; never from PyPI. */
const PYTHON_DEPENDENCIES = (
  'asn1crypto babel cbor2 chardet cryptography dateutil decorator docutils freezegun geoip2 gevent greenlet idna jinja2 libsass ' +
  'lxml magic markupsafe num2words ofxparse openpyxl openssl passlib pil polib psutil psycopg2 pygments pypdf2 qrcode reportlab requests ' +
  'rjsmin serial stdnum tz urllib3 usb vobject werkzeug xlrd xlsxwriter xlwt zeep'
)
  .split(' ')
  .map((name) => `python3-${name}`);

/** Files that the package links to. fonts-montserrat is not in Debian 12: harmless. */
const STATIC_DEPENDENCIES = (
  'libjs-jquery libjs-underscore libjs-jquery-form fonts-font-awesome fonts-roboto-unhinted fonts-inconsolata fonts-ocr-b ' +
  'fonts-glyphicons-halflings gsfonts'
).split(' ');

/** An unpacked Odoo. */
export interface OdooInstallation {
  /** The Debian package's version, for example `19.0.0+dfsg-1`. */
  version: string;
  /** PYTHONPATH of this Odoo. */
  pythonPath: string;
  /** The start script, to be run by /usr/bin/python3. */
  script: string;
  /** The addons that came with it. */
  addons: string;
}

/**
 * Odoo 19 from Debian's package, unpacked once per machine below the shared home; its Python dependencies from Debian 12.
 * Nothing of unstable is installed on the system. A second run looks at one file and one dpkg query.
 */
export async function ensureOdoo(): Promise<OdooInstallation> {
  await ensurePackages([...PYTHON_DEPENDENCIES, ...STATIC_DEPENDENCIES], 'what Odoo 19 imports');
  const present = await installedOdoo();
  if (present !== undefined) return present;
  requireRoot('Unpacking Odoo 19');
  return withLock('odoo', async () => (await installedOdoo()) ?? (await installOdoo()));
}

/** The Odoo that is unpacked already, if any. */
export async function installedOdoo(): Promise<OdooInstallation | undefined> {
  const pointer = join(home, `${PACKAGE}.version`);
  if (!existsSync(pointer)) return undefined;
  const version = (await readFile(pointer, 'utf8')).trim();
  const found = layout(version);
  return existsSync(found.script) ? found : undefined;
}

function root(version: string): string {
  return join(home, `${PACKAGE}_${version}`);
}

function layout(version: string): OdooInstallation {
  const pythonPath = join(root(version), 'usr/lib/python3/dist-packages');
  return {
    version,
    pythonPath,
    script: join(root(version), 'usr/bin/odoo'),
    addons: join(pythonPath, 'odoo/addons'),
  };
}

async function installOdoo(): Promise<OdooInstallation> {
  const file =
    (await keptPackage()) ?? (await step('Downloading Odoo 19 from Debian (about 125 MB)', download));
  const field = await execOk(
    ['dpkg-deb', '-f', file, 'Version'],
    `Delete ${file} and start again: it is not a package.`,
  );
  const version = field.trim();
  const final = root(version);
  const fresh = `${final}.new`;
  await step(`Unpacking Odoo ${version}`, async () => {
    await rm(fresh, { recursive: true, force: true });
    await execOk(
      ['dpkg-deb', '-x', file, fresh],
      `Delete ${file} and start again: the download may be damaged.`,
    );
    for (const name of ['javascript', 'fonts', 'fonts-font-awesome']) {
      await symlink(`/usr/share/${name}`, join(fresh, 'usr/share', name));
    }
    // Compiled now, since user odoo may not write here; without it every start would compile all it imports.
    const sources = join(fresh, 'usr/lib/python3/dist-packages/odoo');
    await exec(['/usr/bin/python3', '-m', 'compileall', '-q', '-j', '0', '-s', fresh, '-p', final, sources]);
    await exec(['chmod', '-R', 'u=rwX,go=rX', fresh]);
    await rm(final, { recursive: true, force: true });
    await rename(fresh, final);
  });
  await writeFile(join(home, `${PACKAGE}.version`), `${version}\n`);
  return layout(version);
}

/** A package somebody put into the download directory, or that an interrupted run left complete. */
async function keptPackage(): Promise<string | undefined> {
  const dir = join(home, 'download');
  if (!existsSync(dir)) return undefined;
  const names = (await readdir(dir)).filter(
    (name) => name.startsWith(`${PACKAGE}_`) && name.endsWith('.deb'),
  );
  const newest = names.sort().at(-1);
  return newest === undefined ? undefined : join(dir, newest);
}

async function download(): Promise<string> {
  const apt = join(home, 'apt');
  await mkdir(join(apt, 'lists/partial'), { recursive: true });
  await mkdir(join(apt, 'cache/archives/partial'), { recursive: true });
  await mkdir(join(home, 'download'), { recursive: true });
  const mirror = process.env['MILLWRIGHT_APT_URI'] ?? (await findMirror());
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg';
  await writeFile(join(apt, 'sources.list'), `deb [signed-by=${key}] ${mirror} sid main\n`);
  const separate = [
    `Dir::Etc::sourcelist=${apt}/sources.list`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${apt}/lists`,
    `Dir::Cache=${apt}/cache`,
    // A mirror that is frozen or lags behind still has a signed list; an older Odoo 19 is better than none.
    'Acquire::Check-Valid-Until=false',
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::Retries=3',
  ].flatMap((option) => ['-o', option]);
  const update = await exec(['apt-get', ...separate, 'update', '-q']);
  const fetched = await exec(['apt-get', ...separate, 'download', '-q', PACKAGE], {
    cwd: join(home, 'download'),
  });
  const file = await keptPackage();
  if (fetched.code === 0 && file !== undefined) return file;
  throw new BringUpError(
    'ODOO_PACKAGE_GONE',
    `Debian's package ${PACKAGE} could not be fetched: the mirror of this machine's apt sources may not be reachable or not ` +
      `carry unstable, or unstable no longer carries the package. Either set MILLWRIGHT_APT_URI to a Debian mirror that does, or ` +
      `put a file ${PACKAGE}_*_all.deb into ${home}/download (from a machine that has it, or from Debian's snapshot archive), or ` +
      `use an Odoo that exists (MILLWRIGHT_ODOO_URL and its three companions). Then start again.\n` +
      lastLines(`${update.stderr}\n${fetched.stderr}`, 8),
  );
}

async function findMirror(): Promise<string> {
  const sources: AptSource[] = [];
  const parts = '/etc/apt/sources.list.d';
  const names = existsSync(parts)
    ? (await readdir(parts)).filter((name) => /\.(sources|list)$/.test(name)).sort()
    : [];
  for (const path of [...names.map((name) => join(parts, name)), '/etc/apt/sources.list']) {
    if (existsSync(path)) sources.push(...parseSources(path, await readFile(path, 'utf8')));
  }
  const release = existsSync('/etc/os-release') ? await readFile('/etc/os-release', 'utf8') : '';
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1] ?? 'bookworm';
  const mirror = debianMirror(sources, codename);
  if (mirror !== undefined) return mirror;
  throw new BringUpError(
    'NO_DEBIAN_MIRROR',
    `Neither /etc/apt/sources.list nor ${parts} names a Debian mirror for "${codename}". Set MILLWRIGHT_APT_URI to one.`,
  );
}
