/** The name under which a request is counted and faulted, whatever its exact path. */
export type Route =
  | 'metadata'
  | 'jwks'
  | 'generateAccessToken'
  | 'generateIdToken'
  | 'signJwt'
  | 'signBlob'
  | 'allowedLocations'
  | 'iam'
  | 'policyTroubleshooter'
  | 'serviceUsage'
  | 'logging'
  | 'oauthToken'
  | 'sts'
  | 'storage'
  | 'drive'
  | 'compute'
  | 'tokeninfo';
