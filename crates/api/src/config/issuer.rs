//! Settings of whoever issues attestati and badges.

use std::{fs, sync::Arc};

use url::Url;

use super::read::{ConfigError, Reader};

/// What a PNG file begins with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Longest code, in characters.
const LONGEST_CODE: usize = 32;
/// Largest logo, in bytes.
const LARGEST_LOGO: usize = 1 << 20;

/// Whoever issues attestati and badges.
#[derive(Debug, Clone, Default)]
pub struct IssuerConfig {
    /// `PERCORSO_ISSUER_NAME`: name of the body, as attestati, their page and badges say it. Default: none.
    pub name: Option<String>,
    /// `PERCORSO_ISSUER_TAX_CODE`: its codice fiscale, or its code in the index of public administrations.
    pub tax_code: Option<String>,
    /// `PERCORSO_ISSUER_URL`: its site, http or https.
    pub url: Option<String>,
    /// `PERCORSO_ISSUER_LOGO`: its logo, a PNG file, read at the start.
    pub logo: Option<Arc<[u8]>>,
}

pub(super) fn read(read: &Reader<'_>) -> Result<IssuerConfig, ConfigError> {
    let issuer = IssuerConfig {
        name: read.optional("PERCORSO_ISSUER_NAME"),
        tax_code: tax_code(read)?,
        url: site(read)?,
        logo: logo(read)?,
    };
    let alone = [
        ("PERCORSO_ISSUER_TAX_CODE", issuer.tax_code.is_some()),
        ("PERCORSO_ISSUER_URL", issuer.url.is_some()),
        ("PERCORSO_ISSUER_LOGO", issuer.logo.is_some()),
    ];
    match alone.iter().find(|(_, set)| *set) {
        Some((name, _)) if issuer.name.is_none() => {
            let why = format!("is missing: it goes with {name}");
            Err(ConfigError::new("PERCORSO_ISSUER_NAME", why))
        }
        _ => Ok(issuer),
    }
}

fn tax_code(read: &Reader<'_>) -> Result<Option<String>, ConfigError> {
    const NAME: &str = "PERCORSO_ISSUER_TAX_CODE";
    let Some(code) = read.optional(NAME) else {
        return Ok(None);
    };
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if code.chars().count() > LONGEST_CODE || !code.chars().all(fits) {
        let why =
            format!("is `{code}`; expected a codice fiscale (11 digits) or a code of the IPA");
        return Err(ConfigError::new(NAME, why));
    }
    Ok(Some(code))
}

fn site(read: &Reader<'_>) -> Result<Option<String>, ConfigError> {
    const NAME: &str = "PERCORSO_ISSUER_URL";
    let Some(text) = read.optional(NAME) else {
        return Ok(None);
    };
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(text)),
        _ => Err(ConfigError::new(
            NAME,
            format!("is `{text}`; expected an http or https address"),
        )),
    }
}

fn logo(read: &Reader<'_>) -> Result<Option<Arc<[u8]>>, ConfigError> {
    const NAME: &str = "PERCORSO_ISSUER_LOGO";
    let Some(path) = read.optional(NAME) else {
        return Ok(None);
    };
    let bytes =
        fs::read(&path).map_err(|error| ConfigError::new(NAME, format!("is `{path}`: {error}")))?;
    if !bytes.starts_with(PNG) || bytes.len() > LARGEST_LOGO {
        let why = format!("is `{path}`; expected a PNG file of {LARGEST_LOGO} bytes at most");
        return Err(ConfigError::new(NAME, why));
    }
    Ok(Some(bytes.into()))
}
