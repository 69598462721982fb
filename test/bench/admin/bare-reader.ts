/**
 * Reads all principals with the Firestore client and nothing else: the baseline of a plan.
 */

import { Firestore } from '@google-cloud/firestore';

const firestore = new Firestore({ projectId: process.argv[2] ?? '' });
let count = 0;
firestore
  .collection('principals')
  .stream()
  .on('data', (snapshot: { data(): unknown }) => {
    snapshot.data();
    count += 1;
  })
  .on('end', () => process.exit(count > 0 ? 0 : 1));
