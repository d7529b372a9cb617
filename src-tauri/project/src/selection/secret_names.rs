//! [`is_secret`]: the names of files that hold passwords, keys or access tokens.

use std::path::Path;
use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet};

/// File names, without regard to case, from the lists of GitHub's secret scanning, of gitleaks and of
/// the `gitignore` templates.
const PATTERNS: &[&str] = &[
    // Environments.
    ".env*",
    "*.env",
    "*.tfvars",
    "*.tfvars.json",
    "*.tfstate",
    "*.tfstate.*",
    "local.settings.json",
    // Private keys and the stores that hold them.
    "id_*",
    "*.pem",
    "*.key",
    "*.p8",
    "*.p12",
    "*.pfx",
    "*.ppk",
    "*.der",
    "*.jks",
    "*.jceks",
    "*.keystore",
    "*.kdb",
    "*.kdbx",
    "*.asc",
    "*.gpg",
    "*.pgp",
    "*.age",
    "*.ovpn",
    "*.mobileprovision",
    // Access to registries, servers and services.
    ".npmrc",
    ".yarnrc*",
    ".pypirc",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".mylogin.cnf",
    ".htpasswd",
    "htpasswd",
    ".git-credentials",
    ".dockercfg",
    ".dockerconfigjson",
    ".s3cfg",
    ".boto",
    ".passwd*",
    "passwd",
    "shadow",
    "credentials",
    "credentials.*",
    "*.credentials",
    "*_credentials.*",
    "*-credentials.*",
    "secret",
    "secrets",
    "secret.*",
    "secrets.*",
    "*.secret",
    "*.secrets",
    "*_secrets.*",
    "*-secrets.*",
    "service-account*.json",
    "service_account*.json",
    "kubeconfig",
    "*.kubeconfig",
    "vault_pass*",
    ".vault*",
    "wp-config.php",
    "*.rdp",
    "*_history",
];

static NAMES: LazyLock<GlobSet> = LazyLock::new(|| {
    let globs = PATTERNS.iter().map(|pattern| {
        let glob = GlobBuilder::new(pattern).case_insensitive(true).build();
        glob.expect("a test builds every pattern")
    });
    GlobSet::new(globs).expect("a few dozen patterns are not too many")
});

/// Whether a file of this name may hold secrets.
pub(super) fn is_secret(path: &Path) -> bool {
    path.file_name().is_some_and(|name| NAMES.is_match(name))
}

/// Whether a private key stands in the text, as PEM and OpenSSH write them.
pub(super) fn has_private_key(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("-----BEGIN") && line.contains("PRIVATE KEY"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_hold_secrets_are_known() {
        let secret = [
            ".env",
            ".env.local",
            ".envrc",
            "production.env",
            "server.pem",
            "TLS.KEY",
            "app.p12",
            "app.pfx",
            "putty.ppk",
            "release.jks",
            "debug.keystore",
            "AuthKey_ABC.p8",
            "id_rsa",
            "id_ed25519",
            "id_ecdsa.bak",
            ".npmrc",
            ".yarnrc.yml",
            ".pypirc",
            ".netrc",
            "_netrc",
            ".pgpass",
            ".my.cnf",
            ".htpasswd",
            ".git-credentials",
            ".dockercfg",
            ".s3cfg",
            "credentials",
            "credentials.json",
            "gcp-credentials.json",
            "secrets.yaml",
            "app_secrets.toml",
            "terraform.tfvars",
            "prod.tfvars.json",
            "terraform.tfstate",
            "terraform.tfstate.backup",
            "service-account-prod.json",
            "kubeconfig",
            "vault_pass.txt",
            "wp-config.php",
            "office.ovpn",
            "passwords.kdbx",
            "backup.gpg",
            ".bash_history",
        ];
        for name in secret {
            assert!(is_secret(&Path::new("project").join(name)), "{name} may hold secrets");
        }
        let code = ["main.rs", "environment.ts", "keys.py", "secretary.go", "README.md", "key.rs"];
        for name in code {
            assert!(!is_secret(Path::new(name)), "{name} is code");
        }
    }

    #[test]
    fn a_private_key_is_recognized_wherever_it_stands() {
        assert!(has_private_key("# deploy\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn"));
        assert!(has_private_key("-----BEGIN RSA PRIVATE KEY-----"));
        assert!(!has_private_key("-----BEGIN CERTIFICATE-----"), "certificates are public");
        assert!(!has_private_key("if line == \"-----BEGIN PRIVATE KEY-----\":"), "code names it");
    }
}
