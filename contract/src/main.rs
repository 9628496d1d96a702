//! Writes `openapi.json` at the repository's root.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.json");
    std::fs::write(&file, contract::document::text())?;
    println!("wrote {}", file.canonicalize()?.display());
    Ok(())
}
