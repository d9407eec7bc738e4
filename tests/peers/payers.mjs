// Two payers on loopback: one with oidc-provider before its records, one whose records trust another server.
//
//     node payers.mjs SETTINGS.json
//
// SETTINGS: {oidcPort, fhirPort, userinfo, members: {login: [resource]}, clients: [client metadata]}. Prints
// "ready". `GET /control` of either says what it was asked, `POST /control {"ahead": seconds}` puts the clock
// of this process forward. Ends with its input.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

import { baseOf, fhirOf, isFhir, learnR4, repositories, send } from './fhir.mjs';

const settings = JSON.parse(readFileSync(process.argv[2]));
const realNow = Date.now;
let ahead = 0;
Date.now = () => realNow() + ahead * 1000;

const SCOPES = ['openid', 'fhirUser', 'launch/patient', 'patient/*.read', 'offline_access'];
const TOKEN_SECONDS = 100; // so short that a clock put beyond it stays within what clients grant to clocks
const origin = (port) => `http://127.0.0.1:${port}`;
const patientOf = (login) => settings.members[login].find((one) => one.resourceType === 'Patient').id;

/** The certified server as it comes, with its own pages to sign in and to consent. */
function openIdProvider(issuer) {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const provider = new Provider(issuer, {
    clients: settings.clients,
    scopes: SCOPES,
    claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
    conformIdTokenClaims: false, // fhirUser stands in the id_token (SMART App Launch 2.2)
    findAccount: (_ctx, login) => settings.members[login] && {
      accountId: login,
      claims: () => ({ sub: login, fhirUser: `${baseOf(issuer)}/Patient/${patientOf(login)}` }),
    },
    features: {
      devInteractions: { enabled: true }, revocation: { enabled: true },
      registration: { enabled: true }, registrationManagement: { enabled: true },
    },
    enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'] },
    pkce: { required: () => true },
    ttl: {
      AccessToken: TOKEN_SECONDS, IdToken: 600, RefreshToken: 86400, Grant: 86400, Session: 3600, Interaction: 600,
    },
    cookies: { keys: [randomUUID()] },
    jwks: { keys: [{ ...key, use: 'sig', alg: 'RS256', kid: randomUUID() }] },
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }), // keys of clients are on loopback
  });
  provider.use(launchContext);
  return provider;
}

/** Say with the tokens whose records they open (SMART App Launch 2.2, launch context). */
async function launchContext(ctx, next) {
  await next();
  ctx.res.grant = ctx.oidc?.params?.grant_type;
  const token = ctx.oidc?.entities?.AccessToken ?? ctx.oidc?.entities?.RotatedRefreshToken;
  if (ctx.path === '/token' && ctx.status === 200 && ctx.body.scope?.includes('launch/patient')) {
    ctx.body.patient = patientOf((token ?? ctx.oidc.entities.Account).accountId);
  }
}

function smartConfiguration(issuer) {
  const at = (path) => `${issuer}${path}`;
  return {
    issuer, jwks_uri: at('/jwks'), authorization_endpoint: at('/auth'), token_endpoint: at('/token'),
    revocation_endpoint: at('/token/revocation'), userinfo_endpoint: at('/me'), registration_endpoint: at('/reg'),
    code_challenge_methods_supported: ['S256'], scopes_supported: SCOPES, response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    capabilities: [
      'launch-standalone', 'client-public', 'client-confidential-symmetric', 'client-confidential-asymmetric',
      'context-standalone-patient', 'permission-patient', 'permission-offline', 'sso-openid-connect',
    ],
  };
}

/** Ask the authorization server whom a token speaks for: it answers 401 for one that has ended. */
async function askUserinfo(token) {
  const answer = await fetch(settings.userinfo, { headers: { Authorization: `Bearer ${token}` } });
  return answer.ok ? (await answer.json()).sub : undefined;
}

function listen(port, handler) {
  const seen = [];
  createServer(async (request, response) => {
    const { pathname } = new URL(request.url, origin(port));
    if (pathname === '/control') {
      return control(request, response, seen);
    }
    response.on('finish', () => {
      seen.push([request.method, pathname, response.statusCode, response.grant].filter(Boolean).join(' '));
    });
    return handler(request, response);
  }).listen(port, '127.0.0.1');
}

async function control(request, response, seen) {
  if (request.method === 'POST') {
    ({ ahead } = JSON.parse((await request.toArray()).join('')));
  }
  send(response, 200, { seen }, 'application/json');
}

process.stdin.resume().on('end', () => process.exit()); // whoever started it is gone
learnR4();
const repos = await repositories(settings.members);
const issuer = origin(settings.oidcPort);
const provider = openIdProvider(issuer);
const openId = provider.callback();
const own = fhirOf({
  origin: issuer,
  repos,
  whose: async (token) => (await provider.AccessToken.find(token))?.accountId,
  published: { '/.well-known/smart-configuration': smartConfiguration(issuer) },
});
listen(settings.oidcPort, (request, response) => (isFhir(request) ? own : openId)(request, response));
listen(settings.fhirPort, fhirOf({ origin: origin(settings.fhirPort), repos, whose: askUserinfo }));
console.log('ready');
