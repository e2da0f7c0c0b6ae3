/** Where the list of OAuth applications is kept. */
export const APPLICATIONS = ['oauth-applications'];
