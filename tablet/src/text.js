// Words in the chosen language.  They stand in the page, so that they are there offline.
const WORDS = JSON.parse(document.getElementById('words').textContent);
const KEPT = 'tablet language';

export let language = WORDS[localStorage.getItem(KEPT)] ? localStorage.getItem(KEPT) : 'vi';
document.documentElement.lang = language;

export function other() {
  return language === 'vi' ? 'en' : 'vi';
}

export function change(to) {
  language = to;
  localStorage.setItem(KEPT, to);
  document.documentElement.lang = to;
}

/** `tongue`: another language than the enumerator's, where the respondent reads. */
export function t(key, facts = {}, tongue = language) {
  const text = (WORDS[tongue] ?? WORDS[language])[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? '');
}

export const inLanguage = (texts) => texts[language] ?? texts.vi ?? Object.values(texts)[0];

/** Day before month in both languages. */
const locale = () => (language === 'en' ? 'en-GB' : language);

export function moment(instant) {
  const style = { dateStyle: language === 'vi' ? 'short' : 'medium', timeStyle: 'short' };
  return new Intl.DateTimeFormat(locale(), style).format(new Date(instant));
}

export function day(instant) {
  const style = { day: 'numeric', month: 'short', year: 'numeric' };
  const numbers = { day: '2-digit', month: '2-digit', year: 'numeric' };
  return new Intl.DateTimeFormat(locale(), language === 'vi' ? numbers : style).format(new Date(instant));
}
