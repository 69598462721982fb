// Drive v3: each account sees its own files. https://developers.google.com/workspace/drive/api/reference/rest/v3
import { createHash } from 'node:crypto';

import type { Authenticate, AuthenticatedCaller } from './authentication.ts';
import type { RouteEntry } from './dispatcher.ts';
import { credentialsMissing, invalidArgument, scopeInsufficient, unauthenticated } from './google-error.ts';
import { jsonReply, type GoogleReply, type GoogleRequest } from './reply.ts';
import { hasScope } from './scopes.ts';

const SERVICE = 'drive.googleapis.com';
const ALL_FILES = ['drive', 'drive.readonly', 'drive.metadata', 'drive.metadata.readonly'];
/** Sees only the files that the application made or the user opened with it. */
const APP_FILES = 'drive.file';

export interface DriveFile {
  name: string;
  /** Default: derived from owner and name. */
  id?: string;
  mimeType?: string;
  /** Whether drive.file sees it. */
  openedByApp?: boolean;
}

export interface Drive {
  /** Puts a file into the Drive of `owner`, the e-mail of a user or a service account. */
  readonly addFile: (owner: string, file: DriveFile) => void;
}

export function createDrive(authenticate: Authenticate): Drive & { routes: RouteEntry[] } {
  const files = new Map<string, DriveFile[]>();

  return {
    addFile(owner, file) {
      const email = owner.toLowerCase();
      files.set(email, [...(files.get(email) ?? []), file]);
    },
    routes: [
      { route: 'drive', method: 'GET', path: /^\/drive\/v3\/files$/, handle: listFiles },
      { route: 'drive', method: 'GET', path: /^\/drive\/v3\/about$/, handle: about },
    ],
  };

  function listFiles(request: GoogleRequest): GoogleReply {
    const { email, token } = requireCaller(request, 'DriveFiles.List');
    const seesAll = hasScope(token.scopes, ALL_FILES);
    const visible = (files.get(email) ?? []).filter((file) => seesAll || file.openedByApp === true);
    return jsonReply(200, {
      kind: 'drive#fileList',
      incompleteSearch: false,
      files: visible.map(({ name, id = shortHash(`${email}/${name}`), mimeType = 'text/plain' }) => ({
        kind: 'drive#file',
        mimeType,
        id,
        name,
      })),
    });
  }

  function about(request: GoogleRequest): GoogleReply {
    const { email } = requireCaller(request, 'DriveAbout.Get');
    if (!request.query.has('fields'))
      throw invalidArgument("The 'fields' parameter is required for this method.");
    const displayName = email.slice(0, email.indexOf('@'));
    const user = {
      kind: 'drive#user',
      displayName,
      me: true,
      permissionId: shortHash(email),
      emailAddress: email,
    };
    return jsonReply(200, { user });
  }

  function requireCaller(request: GoogleRequest, rpc: string): AuthenticatedCaller {
    const method = `google.apps.drive.v3.${rpc}`;
    const caller = authenticate(request);
    if (caller.kind === 'anonymous') {
      const metadata = { method, service: SERVICE };
      throw credentialsMissing({ reason: 'CREDENTIALS_MISSING', domain: 'googleapis.com', metadata });
    }
    if (caller.kind !== 'authenticated') throw unauthenticated();
    // A downscoped token is good for Cloud Storage only.
    const accepted = caller.token.boundary === undefined ? [...ALL_FILES, APP_FILES] : [];
    if (!hasScope(caller.token.scopes, accepted)) throw scopeInsufficient(SERVICE, method);
    return caller;
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 33);
}
