// How people are named. A sign-in by a link has no name of its own but its role, and letters that tell it from others.

import { has, t } from './texts.js';

/** One name of somebody: "maria, engineer", or "Admin e3fa-1" of a sign-in called admin-e3fa-1. */
export function person(role, name) {
  const known = has(`role.${role}`) ? t(`role.${role}`) : role;
  if (name === role) return known;
  return name.startsWith(`${role}-`) ? t('who.signin', { role: known, which: name.slice(role.length + 1) }) : t('who', { name, role: known.toLowerCase() });
}

/** "operator:maria" as people say it; what is no such pair is said as it is. */
export function whoDid(by) {
  const at = by.indexOf(':');
  return at > 0 && has(`role.${by.slice(0, at)}`) ? person(by.slice(0, at), by.slice(at + 1)) : by;
}
