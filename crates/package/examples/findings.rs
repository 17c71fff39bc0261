//! Prints what is found in the packages named on the command line.

use std::path::Path;

use percorso_package::{FolderSource, Limits, Source, ZipSource, read, verify_all};

fn main() -> std::io::Result<()> {
    let limits = Limits::default();
    for argument in std::env::args().skip(1) {
        let path = Path::new(&argument);
        let mut source: Box<dyn Source> = if path.is_dir() {
            Box::new(FolderSource::open(path, &limits)?)
        } else {
            Box::new(ZipSource::open(path, &limits)?)
        };
        let (package, findings) = read(source.as_mut(), &limits);
        let title = package
            .as_ref()
            .map_or("refused", |package| package.title());
        let standard = package
            .as_ref()
            .map(|package| (package.standard, package.edition));
        println!("{argument}: {title} {standard:?}");
        for finding in findings.iter().chain(&verify_all(source.as_mut())) {
            println!("  {finding}");
        }
    }
    Ok(())
}
