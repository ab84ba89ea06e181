// The HTTP surface: every path once, used by server routes and by the pages' client.

/** Paths below the origin. Bodies and answers are the schemas named beside each. */
export const routes = {
  me: '/api/v1/me', // GET → Me
  join: '/api/v1/join', // POST JoinInput → Joined, sets the session cookie
  personalLink: (secret: string) => `/s/${secret}`, // GET → sets the session cookie, 303 to /
  login: '/api/v1/instructor/login', // POST LoginInput → 204, sets the instructor cookie
  logout: '/api/v1/logout', // POST → 204
  session: '/api/v1/session', // GET → SessionView
  lab: (lab: string) => `/api/v1/labs/${lab}`, // GET → LabView
  labState: (lab: string) => `/api/v1/labs/${lab}/state`, // GET → LabState
  openLab: (lab: string) => `/api/v1/labs/${lab}/open`, // POST → LabState; applies setup, idempotent
  startOver: (lab: string) => `/api/v1/labs/${lab}/start-over`, // POST → LabState
  runCheck: (lab: string, check: string) => `/api/v1/labs/${lab}/checks/${check}/run`, // POST RunCheckInput → CheckState
  quiz: (lab: string, quiz: string) => `/api/v1/labs/${lab}/quizzes/${quiz}`, // POST QuizInput → QuizResult
  saveFile: (lab: string, block: string) => `/api/v1/labs/${lab}/files/${block}`, // POST → SavedFile
  labAsset: (lab: string, file: string) => `/api/v1/labs/${lab}/assets/${file}`, // GET → image of the lab's files/
  newCluster: '/api/v1/cluster/renew', // POST → ClusterView; throws the cluster away and makes another
  terminals: '/api/v1/terminals', // GET → TerminalView[]; POST OpenTerminalInput → TerminalView
  terminal: (id: string) => `/api/v1/terminals/${id}`, // DELETE → 204
  terminalSocket: (id: string) => `/api/v1/terminals/${id}/socket`, // WebSocket TerminalClientMessage / TerminalServerMessage
  events: '/api/v1/events', // WebSocket SessionClientMessage / SessionEvent
  board: '/api/v1/classroom', // GET → BoardView (instructor)
  boardEvents: '/api/v1/classroom/events', // WebSocket → BoardEvent (instructor)
  resetStudent: (session: string) => `/api/v1/classroom/students/${session}/reset`, // POST ResetInput → 204
  reissueLink: (session: string) => `/api/v1/classroom/students/${session}/link`, // POST → ReissuedLink
  removeStudent: (session: string) => `/api/v1/classroom/students/${session}`, // DELETE → 204
} as const;

/** Header that every state-changing request must carry (defence against cross-site forms), with any value. */
export const requestHeader = 'x-patchbay-request';
