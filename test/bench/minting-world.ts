/**
 * A world in which every exchange mints: the grants are in Firestore and hold many scopes, and no two requests ask for
 * the same of them.
 */

import type { DocumentData } from '../support/firestore/documents.ts';
import type { FirestoreEmulator } from '../support/firestore/emulator.ts';
import { createFirestoreDocuments } from '../support/world/grant-documents.ts';
import {
  ALICE,
  createWorld,
  fleetDocument,
  SIGNER,
  TRAINER,
  type FunctionName,
  type Vm,
  type World,
} from '../support/world/world.ts';
import { exchangeRequest } from './exchange-requests.ts';
import { createVms, signIdentityTokens } from './identity-tokens.ts';
import { scopeCombination, SCOPES } from './scope-combinations.ts';

export interface MintingWorld {
  readonly world: World;
  readonly vms: readonly Vm[];
  /** What Firestore holds, by path. */
  readonly documents: Readonly<Record<string, DocumentData>>;
  /** @param firestoreHost where the function finds Firestore; absent: at the emulator itself */
  readonly environment: (
    functionName: FunctionName,
    firestoreHost?: string,
  ) => Promise<Record<string, string>>;
  /** That many exchanges, each by another identity token and for other scopes. */
  readonly requests: (functionName: FunctionName, count: number) => readonly Buffer[];
  readonly close: () => Promise<void>;
}

const PROJECT = 'bench-vending';

export async function createMintingWorld(emulator: FirestoreEmulator): Promise<MintingWorld> {
  const world = await createWorld();
  const vms = createVms(world);
  const { clientId } = world.google.iam.serviceAccount(SIGNER);
  world.google.workspace.authorize({ clientId, scopes: SCOPES });
  const grants = {
    [`serviceAccount:${TRAINER}`]: { scopes: SCOPES },
    [`user:${ALICE}`]: { signer: SIGNER, scopes: SCOPES },
  };
  const documents = Object.assign({}, ...vms.map((vm) => fleetDocument(vm, grants)));
  const stored = await createFirestoreDocuments(emulator, { projectId: PROJECT }, documents);

  return {
    world,
    vms,
    documents,
    environment: async (functionName, firestoreHost = emulator.host) => ({
      ...(await world.environment(functionName)),
      ...stored.environment,
      FIRESTORE_EMULATOR_HOST: firestoreHost,
      TOKEN_VENDING_DELEGATION_SCOPES: SCOPES.join(','),
    }),
    requests: (functionName, count) =>
      signIdentityTokens(world, functionName, vms, count).map((token, index) =>
        exchangeRequest(token, scopeCombination(index)),
      ),
    close: async () => {
      await stored.remove();
      await world.close();
    },
  };
}
