//! Writes the generated application into a directory: `cargo run --example emit -- specification.md target`.
//!
//! Invariant: it writes what `code.zip` holds and nothing else. A file that ends in `.json` is read as an `AppModel`.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use aios_blueprint::{AppModel, Meter, Request, bundle, code, model};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(source), Some(target)) = (arguments.next(), arguments.next()) else {
        return Err("usage: emit <specification.md | model.json> <directory>".into());
    };
    let text = fs::read_to_string(&source)?;
    let meter = Meter::default();
    let app: AppModel = if source.ends_with("json") {
        serde_json::from_str(&text)?
    } else {
        let request = Request {
            spec: text,
            ..Request::default()
        };
        model(&request, &meter)?
    };
    let target = PathBuf::from(target);
    for artifact in code(&app, &meter)? {
        for (path, _) in bundle::list(&artifact.bytes) {
            let path_on_disk = target.join(&path);
            if let Some(parent) = path_on_disk.parent() {
                fs::create_dir_all(parent)?;
            }
            let content = bundle::read(&artifact.bytes, &path).ok_or("a file is too large")?;
            fs::write(path_on_disk, content)?;
        }
    }
    Ok(())
}
