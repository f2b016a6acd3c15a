// The two files that `gatewright init` writes: right as they stand, and commented for whoever edits them next.
// Must not know how the answers were asked for.

export interface Starter {
  /** IDs or slugs. */
  readonly enterprises: readonly string[];
  /** `ADDRESS:PORT` of the first listener. */
  readonly listen: string;
  /** Empty: no plan routing. */
  readonly plans: readonly string[];
  readonly mode: 'enforce' | 'report';
  /** Where clients fetch the revocation list; null: from the gate's own address. */
  readonly crlUrl: string | null;
}

export function starterSettings({ listen, crlUrl }: Starter): string {
  return `# gatewright.yaml: what this machine needs. Paths count from this file's folder.
# Every setting with its default: docs/settings.md. For editors: gatewright schema settings
policy: policy.yaml

listeners:
  # Clients name this one as their proxy. It asks for no credentials: who asks is told by address alone.
  - { name: office, proxy: ${JSON.stringify(listen)}, credentials: none }
  # A second one for people whose rules depend on who they are (gatewright user add NAME):
  # - { name: staff, proxy: "0.0.0.0:3130", credentials: required }
  # Behind a load balancer that says who the client is:
  # - { name: balanced, proxy: "0.0.0.0:3131", credentials: none, proxyProtocol: ["10.0.0.0/8"] }

# identity: { htpasswd: users.htpasswd }

# The gate's certificate authority: gatewright ca init. Clients have to trust ca/ca.pem.
${caPart(crlUrl)}

upstream:
  roots: system                       # or a list of PEM files

# One line per decision and per outcome, in one file per day.
audit: { dir: audit, keep: 30d }

# Health, metrics and the API. Its token is written to admin-token at the first start.
admin: { listen: "127.0.0.1:3129" }

# Shown to whoever is refused:
# refusal: { contact: "it-help@example.com" }
`;
}

export function starterPolicy({ enterprises, plans, mode }: Starter): string {
  const list = (words: readonly string[]): string => words.map((word) => JSON.stringify(word)).join(', ');
  return `# policy.yaml: what may pass, and what is stamped. What each part means: docs/policy.md
# Try it: gatewright explain https://github.com/octo-org/app --policy policy.yaml --user dave
# For editors: gatewright schema policy
version: 1

# enforce, or report: everything passes, and the record says what would have happened.
mode: ${mode}

# Requests to GitHub carry these enterprises; GitHub then refuses accounts of anybody else.
restrict:
  enterprises: [${list(enterprises)}]

# For whom, or from where, the restriction is lifted. Blocks and the allowlist stay.
exempt: []
#  - name: open-source-network
#    from: [10.20.0.0/16]
#  - name: open-source-people
#    groups: [oss]
#    until: 2027-03-31
#    why: "Upstream maintainers"

# People collected by name, as they sign in to the proxy.
groups:
  admins: []
#  oss: [bob, carol]
${copilotPart(plans)}
# What may be reached. \`gatewright presets\` shows what a preset holds.
allow:
  - preset: github
  - preset: copilot
#  - "*.example.org"

# What may not, whoever asks. A block wins over every allow and every exemption.
block:
  - preset: codespaces
  - preset: ssh
  - name: no-new-tokens
    to: ["github.com/settings/tokens*", "github.com/settings/personal-access-tokens*"]
    unless: { groups: [admins] }
    say: "Personal access tokens are issued by IT."

# Destinations that no rule names: block, or splice to let them pass unseen.
otherwise: block
`;
}

function caPart(crlUrl: string | null): string {
  return crlUrl === null ? 'ca: { dir: ca }' : `ca: { dir: ca, crlUrl: ${JSON.stringify(crlUrl)} }`;
}

function copilotPart(plans: readonly string[]): string {
  if (plans.length === 0) {
    return `
# The Copilot plans that may be used: individual, business, enterprise. Left out, all may.
# copilot: { plans: [business] }
`;
  }
  return `
# The Copilot plans that may be used; hosts of other plans are blocked.
copilot:
  plans: [${plans.join(', ')}]
  # api.githubcopilot.com belongs to no plan: block, or allow.
  generic: block
`;
}
