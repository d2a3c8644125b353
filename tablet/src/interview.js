// ODK's own form, drawn by @getodk/web-forms.  Loaded only when an interview is opened.
import { createApp, h as node } from 'vue';
import { OdkWebForm, webFormsPlugin } from '@getodk/web-forms';
import * as seal from './seal.js';

const EVERY = 3_000;
const CASES = "instance('cases')";

/** The form with its case filled in and fixed. */
function prepared(xml, one) {
  const doc = new DOMParser().parseFromString(xml, 'text/xml');
  const asks = [...doc.getElementsByTagName('*')].find(
    (each) => each.localName === 'itemset' && each.getAttribute('nodeset')?.startsWith(CASES),
  );
  const path = asks?.parentNode.getAttribute('ref');
  if (path) {
    const instance = [...doc.getElementsByTagName('*')].find((each) => each.localName === 'instance');
    const name = path.split('/').at(-1);
    const field = [...instance.firstElementChild.children].find((each) => each.localName === name);
    field.textContent = String(one.id);
    for (const bind of doc.getElementsByTagName('*')) {
      if (bind.localName === 'bind' && bind.getAttribute('nodeset') === path) bind.setAttribute('readonly', 'true()');
    }
  }
  return new XMLSerializer().serializeToString(doc);
}

const cell = (text) => `"${String(text).replaceAll('"', '""')}"`;
function caseFile(one) {
  const row = [one.id, one.label, one.unit, one.field, one.channel].map(cell).join(',');
  return `name,label,unit_name,case_field,case_channel\n${row}\n`;
}

/** The submission under the record's own id: opened again or sent again, it is the same one. */
function named(xml, id) {
  const doc = new DOMParser().parseFromString(xml, 'text/xml');
  for (const each of [...doc.getElementsByTagName('*')]) {
    if (each.localName === 'deprecatedID') each.remove();
    if (each.localName === 'instanceID') each.textContent = id;
  }
  return new XMLSerializer().serializeToString(doc);
}

/**
 * Draw a form into a place.
 *
 * `keep(body)` is called whenever an answer has changed, `done(body)` once it is complete.
 * Returns { finish, violations, close }.
 */
export function draw(target, { xml, one, id, before, language, device, covered, handover, attachment, keep, done }) {
  let root = null;
  // By the paths of questions: a form that is opened again gives its elements other numbers.
  const secret = new Map(covered.map((path) => [path, 'locked']));
  function path(container) {
    const wanted = container.id.replace(/_container$/, '');
    const find = (nodes) => {
      for (const each of nodes ?? []) {
        const hit = each.nodeId === wanted ? each.currentState.reference : find(each.currentState.children);
        if (hit) return hit;
      }
      return '';
    };
    return find(root?.currentState.children) || wanted;
  }
  function shade() {
    if (!secret.size && !handover.length) return;
    for (const each of target.querySelectorAll('.question-container')) {
      const here = path(each);
      if (handover.includes(here.split('/').at(-1))) each.dataset.sensitive = handover.text;
      const how = secret.get(here);
      if (how !== undefined && each.dataset.private !== how) each.dataset.private = how;
    }
  }
  /** Its parts are regions for screen readers, named by an element that web forms leaves away. */
  function name() {
    for (const each of target.querySelectorAll('.p-panel-content-container[role="region"][aria-labelledby]')) {
      if (document.getElementById(each.getAttribute('aria-labelledby'))?.textContent.trim()) continue;
      each.removeAttribute('aria-labelledby');
      const title = each.closest('.p-panel')?.querySelector('.p-panel-header')?.textContent.trim();
      if (title) each.setAttribute('aria-label', title);
      else each.removeAttribute('role');
    }
  }
  const watch = new MutationObserver(() => { shade(); name(); });
  watch.observe(target, { childList: true, subtree: true });
  let last = '';
  let closed = false;
  let working = Promise.resolve();

  async function content(data) {
    const found = { xml: '', files: {} };
    for (const [name, value] of data.entries()) {
      if (name === 'xml_submission_file') found.xml = named(await value.text(), id);
      else found.files[name] = await seal.asText(value);
    }
    return found;
  }
  function look() {
    working = working.then(async () => {
      if (!root || closed) return;
      const made = await content((await root.prepareInstancePayload({ payloadType: 'monolithic' })).data[0]);
      const now = made.xml.replace(/<(end|instanceID)>[^<]*/g, '') + Object.keys(made.files).join();
      if (now === last || closed) return;
      await keep(made);
      last = now;
    });
    return working;
  }
  const given = {
    formXml: prepared(xml, one),
    fetchFormAttachment: async (url) => {
      const name = decodeURIComponent(String(url).split('/').at(-1));
      if (name === 'cases.csv') return new Response(caseFile(one), { headers: { 'Content-Type': 'text/csv' } });
      const file = await attachment(name);
      return file ? new Response(file, { headers: { 'Content-Type': file.type } }) : new Response('', { status: 404 });
    },
    missingResourceBehavior: 'BLANK',
    preloadProperties: { deviceID: device },
    onSubmit: async (payload) => {
      closed = true;
      await working.catch(() => undefined);
      await done(await content(payload.data[0])).catch((fault) => {
        closed = false;
        throw fault;
      });
    },
  };
  if (before) {
    given.editInstance = {
      resolveInstance: () => before.xml,
      attachmentFileNames: Object.keys(before.files),
      resolveAttachment: async (name) => new Response(seal.asBlob(before.files[name])),
    };
  }
  const app = createApp({ render: () => node(OdkWebForm, given) });
  app.use(webFormsPlugin);
  // The component keeps the form to itself; its header is given the form's root.
  app.mixin({
    mounted() {
      if (root || !this.$props?.form?.prepareInstancePayload) return;
      root = this.$props.form;
      const wanted = root.languages?.find((each) => each.language?.includes(`(${language})`));
      if (wanted) root.setLanguage(wanted);
    },
  });
  app.mount(target);
  const timer = setInterval(() => look().catch(() => undefined), EVERY);
  return {
    look,
    secrets: () => [...secret.keys()],
    cover(container) {
      if (!secret.has(path(container))) secret.set(path(container), '');
      shade();
    },
    // What is wrong stays open: somebody has to put it right.
    lock() {
      for (const each of target.querySelectorAll('[data-private]:not(.highlight)')) secret.set(path(each), 'locked');
      shade();
    },
    violations: () => root?.validationState.violations.length ?? 0,
    finish: () => target.querySelector('.odk-form .footer button')?.click(),
    close() {
      clearInterval(timer);
      watch.disconnect();
      closed = true;
      app.unmount();
    },
  };
}
