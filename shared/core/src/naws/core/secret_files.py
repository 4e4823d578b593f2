"""Files that are credentials, by what they are called."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

_SECRET_NAMES = (
    *(".env", ".env.*", "*.env", ".envrc", ".dev.vars", ".dev.vars.*", ".netrc", ".pypirc", ".npmrc", ".pgpass"),
    *(".git-credentials", ".vault-token", ".dockercfg", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"),
    *("*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "credentials", ".htpasswd", "*.tfstate", "*.tfstate.backup"),
    *("kubeconfig", "*.kubeconfig", "secrets.yml", "secrets.yaml"),
)
_PUBLIC_NAMES = (".env.example", ".env.sample", ".env.template", ".dev.vars.example")
_KEY_NAMES = ("*.pem", "*.key")


def is_secret_file(name: str) -> bool:
    """Whether a file of that name has credentials: `.env`, `id_rsa`, but not `.env.example`."""
    return _matches(name, _SECRET_NAMES) and not _matches(name, _PUBLIC_NAMES)


def may_be_key(name: str) -> bool:
    """Whether a file of that name is a private key or a certificate: `server.pem`."""
    return _matches(name, _KEY_NAMES)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
