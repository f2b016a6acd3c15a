// The body of `GET /meta`, cut to what an allowlist is made of. Must not know how lists are used.
// Source: GitHub Docs, "Get GitHub meta information"; addresses are from documentation ranges (RFC 5737).

export const META: Readonly<Record<string, unknown>> = {
  verifiable_password_authentication: false,
  web: ['192.0.2.0/24'],
  api: ['192.0.2.0/24'],
  git: ['192.0.2.0/24'],
  copilot: ['198.51.100.0/24'],
  domains: {
    website: [
      '*.github.com',
      '*.github.dev',
      '*.github.io',
      '*.githubassets.com',
      '*.githubusercontent.com',
      'github.com',
      'github.dev',
    ],
    codespaces: [
      '*.github.com',
      '*.api.github.com',
      '*.github.dev',
      '*.visualstudio.com',
      '*.vscode-webview.net',
      'github.dev',
    ],
    copilot: ['*.github.com', '*.githubusercontent.com', '*.githubcopilot.com', 'default.exp-tas.com'],
    packages: [
      '*.docker.pkg.github.com',
      'ghcr.io',
      'npm.pkg.github.com',
      'pkg-containers.githubusercontent.com',
    ],
    actions: ['*.actions.githubusercontent.com', '*.blob.core.windows.net', 'codeload.github.com'],
  },
};
