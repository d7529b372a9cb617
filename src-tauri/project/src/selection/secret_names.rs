//! [`is_secret`]: the names of files that hold passwords, keys or access tokens.

use std::path::Path;
use std::sync::LazyLock;

use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet};

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

/// Names that look like those of private keys and are code: `id_map.rs`. A key has no such extension, and
/// what it begins with is known wherever it stands.
const CODE: &str = "id_*.{c,cc,clj,cpp,cs,css,dart,ex,exs,go,h,hpp,hs,html,java,js,jsx,kt,lua,ml,mjs,php,pl,\
                    proto,py,pyi,r,rb,rs,scala,sql,svelte,swift,ts,tsx,vue,zig}";

static CODE_NAMES: LazyLock<GlobMatcher> = LazyLock::new(|| glob(CODE).compile_matcher());

static NAMES: LazyLock<GlobSet> = LazyLock::new(|| {
    GlobSet::new(PATTERNS.iter().map(|pattern| glob(pattern))).expect("they are not too many")
});

fn glob(pattern: &str) -> Glob {
    let glob = GlobBuilder::new(pattern).case_insensitive(true).build();
    glob.expect("a test builds every pattern")
}

/// Whether a file of this name may hold secrets.
pub(super) fn is_secret(path: &Path) -> bool {
    path.file_name().is_some_and(|name| NAMES.is_match(name) && !CODE_NAMES.is_match(name))
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
            "id_github",
            "id_work.pub",
            "site.der",
            "release.jceks",
            "passwords.kdb",
            "signature.asc",
            "backup.pgp",
            "key.age",
            "app.mobileprovision",
            ".mylogin.cnf",
            "htpasswd",
            ".dockerconfigjson",
            ".boto",
            ".passwd-s3fs",
            "passwd",
            "shadow",
            "prod.credentials",
            "aws_credentials.csv",
            "secret",
            "secrets",
            "secret.txt",
            "api.secret",
            "api.secrets",
            "prod-secrets.json",
            "service_account.json",
            "admin.kubeconfig",
            ".vault-token",
            "office.rdp",
            "local.settings.json",
        ];
        for name in secret {
            assert!(is_secret(&Path::new("project").join(name)), "{name} may hold secrets");
        }
        for pattern in PATTERNS {
            let matcher = glob(pattern).compile_matcher();
            assert!(secret.iter().any(|name| matcher.is_match(name)), "{pattern} has no case");
        }
        let code = [
            "main.rs",
            "environment.ts",
            "keys.py",
            "secretary.go",
            "README.md",
            "key.rs",
            "id_map.rs",
            "id_generator.py",
            "ID_Token.TS",
        ];
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
