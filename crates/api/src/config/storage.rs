//! Where archives lie: a directory, or S3-compatible storage with the usual `AWS_…` variables.

use std::path::{Path, PathBuf};

use super::read::{ConfigError, Reader};
use crate::blob::BlobConfig;

/// Settings of S3-compatible storage, by their usual names.
const AWS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ALLOW_HTTP",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CHECKSUM_ALGORITHM",
    "AWS_UNSIGNED_PAYLOAD",
    "AWS_SERVER_SIDE_ENCRYPTION",
    "AWS_SSE_KMS_KEY_ID",
    "AWS_SSE_BUCKET_KEY_ENABLED",
];
/// Variables of other programs, or of the place where this one runs, that say nothing about where archives
/// lie. (Certificates are the system's own, or `SSL_CERT_FILE`'s, as everywhere in this program.)
const ELSEWHERE: &[&str] = &[
    "AWS_EXECUTION_ENV",
    "AWS_PAGER",
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_OUTPUT",
    "AWS_STS_REGIONAL_ENDPOINTS",
];

pub(super) fn read(read: &Reader<'_>, data_dir: &Path) -> BlobConfig {
    let directory = read.optional("PERCORSO_BLOB_DIR").map(PathBuf::from);
    BlobConfig {
        directory: directory.unwrap_or_else(|| data_dir.join("blobs")),
        url: read.optional("PERCORSO_BLOB_URL"),
        options: AWS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), read.optional(name)?)))
            .collect(),
    }
}

/// Stops at a variable that reads like a setting of the storage in use but is none: ignored, it would leave
/// archives in another place than somebody believes.
pub(super) fn refuse_unknown(
    config: &BlobConfig,
    names: impl Iterator<Item = String>,
) -> Result<(), ConfigError> {
    let is_unknown = |name: &String| {
        name.starts_with("AWS_") && ![AWS, ELSEWHERE].concat().contains(&name.as_str())
    };
    match names.filter(|_| config.url.is_some()).find(is_unknown) {
        None => Ok(()),
        Some(name) => Err(ConfigError::new(
            name,
            format!(
                "is not understood; unset it, or use one of {}",
                AWS.join(", ")
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_storage_would_ignore_stops_the_start() {
        let check = |url: Option<&str>, name: &str| {
            let config = BlobConfig {
                url: url.map(str::to_owned),
                ..BlobConfig::default()
            };
            refuse_unknown(&config, [name.to_owned()].into_iter())
                .map_err(|error| error.to_string())
        };
        let s3 = Some("s3://bucket");
        assert!(
            check(s3, "AWS_PROFILE")
                .unwrap_err()
                .contains("AWS_PROFILE")
        );
        for (url, name) in [
            (s3, "AWS_ENDPOINT_URL"),
            (s3, "AWS_EXECUTION_ENV"),
            (s3, "AWS_CA_BUNDLE"),
            (s3, "PATH"),
            (None, "AWS_PROFILE"),
        ] {
            assert_eq!(check(url, name), Ok(()), "{name}");
        }
    }

    #[test]
    fn every_variable_read_is_one_that_storage_knows() {
        for name in AWS {
            let options = [((*name).to_owned(), "true".to_owned())];
            let opened = crate::blob::ObjectStore::open("s3://bucket", &options);
            let unknown = opened
                .err()
                .is_some_and(|error| error.to_string().contains("not a setting"));
            assert!(!unknown, "{name}");
        }
    }
}
